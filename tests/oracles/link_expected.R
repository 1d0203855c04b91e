# Candidate pairs of two waves of invented codes, and the pairs of different people to be expected,
# by looking at every pair of rows and at every pattern of agreement: writes link_codes.csv (the
# codes, a row a person and wave) and link_expected.csv (figures).
# Run from this folder: Rscript link_expected.R
set.seed(41)
elements <- c("day", "mother", "siblings", "village", "month", "street")
constants <- c("gender", "site")
possible <- c(day = 31, mother = 26^2, siblings = 6, village = Inf, month = 12, street = Inf)
villages <- c("ulm", "ulme", "bern", "brno", "kiel", "koln", "graz", "graf", "lyon", "pari")
wave <- function(n, holes, coarse) {   # coarse: so few values that strangers are alike
  some <- function(values) sample(if (coarse) head(values, 3) else values, n, TRUE)
  f <- data.frame(
    day = some(1:31), mother = paste0(some(LETTERS[1:6]), sample(LETTERS[1:3], n, TRUE)),
    siblings = pmin(rpois(n, 1.3), 5), village = toupper(some(villages)),
    month = some(9:12), street = some(10:19))
  f[] <- lapply(f, as.character)
  f[matrix(runif(n * 6) < holes, n)] <- NA
  f$gender <- sample(c("M", "W", NA), n, TRUE, c(.4, .5, .1))
  f$site <- sample(c("A", "B", "C"), n, TRUE, c(.6, .3, .1))
  as.matrix(f)
}
edit <- function(x, y) {   # one sign changed, added or left out, or two neighbours swapped
  if (max(nchar(x), nchar(y)) < 2 || x == y) return(FALSE)
  a <- strsplit(x, "")[[1]]; b <- strsplit(y, "")[[1]]
  if (length(a) == length(b)) {
    off <- which(a != b)
    if (length(off) == 1) return(TRUE)
    return(length(off) == 2 && off[2] == off[1] + 1 && a[off[1]] == b[off[2]] &&
           a[off[2]] == b[off[1]])
  }
  if (abs(length(a) - length(b)) != 1) return(FALSE)
  long <- if (length(a) > length(b)) a else b
  short <- if (length(a) > length(b)) b else a
  any(sapply(seq_along(long), function(i) identical(long[-i], short)))
}
same <- function(x, y) !is.na(x) && !is.na(y) && x == y
level <- function(x, y) {   # 0 exact, 1 one edit, 2 one element, 3 two elements, 4 no candidate
  agree <- mapply(same, x[elements], y[elements])
  against <- any(mapply(function(p, q) !is.na(p) && !is.na(q) && p != q, x[constants],
                        y[constants]))
  alike <- all(mapply(same, x[constants], y[constants]))
  apart <- sum(!agree)
  if (apart == 0) return(if (against) 4 else 0)
  if (against) return(4)
  if (apart == 1) {
    e <- elements[!agree]
    return(if (!is.na(x[[e]]) && !is.na(y[[e]]) && edit(x[[e]], y[[e]])) 1 else 2)
  }
  if (apart == 2 && alike) 3 else 4
}
within <- function(f) t(combn(nrow(f), 2))
codes <- list(); figures <- list()
put <- function(set, quantity, values) for (i in seq_along(values))
  figures[[length(figures) + 1]] <<- data.frame(set = set, quantity = quantity, level = i - 1,
    value = trimws(formatC(values[[i]], digits = 17, format = "g")))
sizes <- list(small = c(14, 11), holes = c(60, 75), coarse = c(50, 40))
for (set in names(sizes)) {
  n <- sizes[[set]]
  waves <- lapply(n, wave, holes = if (set == "small") 0 else .05, coarse = set == "coarse")
  take <- if (set == "small") 1:6 else 1:30   # these people are at both waves
  for (i in take) {
    waves[[2]][i, ] <- waves[[1]][i, ]
    if (i %% 3 == 0) waves[[2]][i, sample(elements, 1)] <- NA
    day <- as.integer(waves[[1]][i, "day"])
    if (i %% 3 == 1) waves[[2]][i, "day"] <- as.character(day %% 31 + 1)
  }
  for (w in 1:2) codes[[length(codes) + 1]] <- data.frame(set = set, wave = w, waves[[w]])
  # chances from the frequencies, by counting pairs of rows within both waves
  q <- d <- g <- h <- c()
  for (e in elements) {
    pairs <- alike <- close <- 0
    for (f in waves) for (r in seq_len(choose(nrow(f), 2))) {
      p <- within(f)[r, ]
      x <- f[p[1], e]; y <- f[p[2], e]
      if (is.na(x) || is.na(y)) next
      pairs <- pairs + 1; alike <- alike + (x == y); close <- close + edit(x, y)
    }
    q[e] <- min(max((alike + 1) / (pairs + 1), 1 / possible[e]), 1)
    long <- any(nchar(na.omit(c(waves[[1]][, e], waves[[2]][, e]))) > 1)
    d[e] <- if (long) min((close + 1) / (pairs + 1), 1 - q[e]) else 0
    known <- mean(!is.na(waves[[1]][, e])) * mean(!is.na(waves[[2]][, e]))
    g[e] <- known * q[e]; h[e] <- known * d[e]
  }
  free <- alike <- pairs <- 0
  for (f in waves) for (r in seq_len(choose(nrow(f), 2))) {
    p <- within(f)[r, ]; x <- f[p[1], constants]; y <- f[p[2], constants]
    pairs <- pairs + 1
    free <- free + !any(!is.na(x) & !is.na(y) & x != y)
    alike <- alike + all(!is.na(x) & !is.na(y) & x == y)
  }
  free <- min((free + 1) / (pairs + 1), 1); alike <- min((alike + 1) / (pairs + 1), 1)
  patterns <- as.matrix(expand.grid(rep(list(c(TRUE, FALSE)), 6)))
  chance <- apply(patterns, 1, function(s) prod(ifelse(s, g, 1 - g)))
  apart <- rowSums(!patterns)
  p0 <- sum(chance[apart == 0]); p1 <- sum(chance[apart == 1]); p2 <- sum(chance[apart == 2])
  pe <- sum(sapply(seq_along(g), function(i) h[i] * prod(g[-i])))
  others <- prod(n) - min(n)
  put(set, "by_frequencies", others * c(free * p0, free * (p0 + pe), free * (p0 + p1),
                                        free * (p0 + p1) + alike * p2))
  # the same from pairs of rows within a wave that are candidates
  counts <- rep(0, 5)
  for (f in waves) for (r in seq_len(choose(nrow(f), 2))) {
    p <- within(f)[r, ]
    l <- level(f[p[1], ], f[p[2], ]); counts[l + 1] <- counts[l + 1] + 1
  }
  put(set, "by_near_pairs", others * cumsum(counts)[1:4] / sum(choose(n, 2)))
  between <- rep(0, 5)
  for (i in seq_len(n[1])) for (j in seq_len(n[2])) {
    l <- level(waves[[1]][i, ], waves[[2]][j, ]); between[l + 1] <- between[l + 1] + 1
  }
  put(set, "candidates", between[1:4])
}
save <- function(rows, file) {
  writeLines(sprintf("# %s", R.version.string), file)
  suppressWarnings(write.table(do.call(rbind, rows), file, append = TRUE, sep = ",",
                               row.names = FALSE, quote = FALSE, na = ""))
}
save(codes, "link_codes.csv")
save(figures, "link_expected.csv")
