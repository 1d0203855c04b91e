# Indices of careless answering in base R, on invented answers with gaps: writes careless.csv.
# Long string, IRV and even-odd as the package careless 1.2.2 defines them (not to be had on
# Debian), with two differences that are ours: an empty form has a run of 0 (there 1), and even-odd
# needs three scales and keeps the sign it had before version 1.2.0 (1 = consistent).
# Twins: formula in the docstring of balint_research.scoring.careless.
# Run from this folder: Rscript careless.R
set.seed(31)
scales <- list(c(1, 5, 9, 13), c(2, 6, 10, 14, 17), c(3, 7, 11, 15, 18, 20), c(4, 8, 12, 16),
               c(19, 21))
reversed <- c(5, 6, 11, 12, 14)
items <- 21; people <- 70
answers <- matrix(NA, people, items)
for (s in scales) {
  trait <- rnorm(people)
  for (i in s) {
    way <- ifelse(i %in% reversed, -1, 1)
    answers[, i] <- 3 + 0.8 * trait * way + rnorm(people, 0, 0.7)
  }
}
answers <- pmin(pmax(round(answers), 1), 5)
answers[matrix(runif(people * items) < .05, people)] <- NA
flat <- function(start) {            # 3 throughout, but at every second place of the scales
  x <- rep(3, items)
  for (j in 1:5) x[scales[[j]][seq(start, length(scales[[j]]), 2)]] <- c(1, 5, 2, 4, 1)[j]
  x
}
special <- rbind(
  rep(NA, items),                                          # nobody answered
  c(4, rep(NA, items - 1)),                                # one answer
  c(4, 2, rep(NA, items - 2)),                             # two answers
  rep(3, items), replace(rep(2, items), 8, NA),            # straight lines, one with a gap
  ifelse(seq_len(items) %in% reversed, 1, 5),              # a straight line after reversing
  c(rep(1, 10), rep(5, 11)), rep(c(1, 5, 3), 7),
  replace(answers[3, ], scales[[1]], NA),                  # one scale, then two without answers
  replace(answers[4, ], unlist(scales[1:2]), NA),
  replace(answers[5, ], c(1, 9), NA),                      # one half of a scale without answers
  flat(1), flat(2),                                        # one half does not vary
  answers[7, ], answers[7, ], answers[9, ])                # twins
answers <- rbind(answers, special)

longest_run <- function(x) {
  if (all(is.na(x))) return(0)
  r <- rle(x)                                              # each NA is a run of its own
  max(r$lengths[!is.na(r$values)])
}
stretch <- function(x) {
  r <- rle(!is.na(x))
  max(0, r$lengths[r$values])
}
keyed <- answers
keyed[, reversed] <- 6 - keyed[, reversed]
paired <- Filter(function(s) length(s) >= 4, scales)
halves <- function(x) t(sapply(paired, function(s) {
  odd <- seq_along(s) %% 2 == 1
  c(mean(x[s[odd]], na.rm = TRUE), mean(x[s[!odd]], na.rm = TRUE))
}))
even_odd <- function(x) {
  h <- halves(x); h <- h[complete.cases(h), , drop = FALSE]
  if (nrow(h) < 3 || diff(range(h[, 1])) < 1e-9 || diff(range(h[, 2])) < 1e-9) return(NA)
  r <- cor(h[, 1], h[, 2])
  max(-1, 2 * r / (1 + r))
}
compared <- sapply(seq_len(nrow(answers)), function(i) {
  x <- answers[i, ]; k <- keyed[i, ]
  sum(!is.na(x)) >= 6 && length(unique(na.omit(x))) > 1 && length(unique(na.omit(k))) > 1
})
label <- apply(answers, 1, paste, collapse = " ")
twin <- sapply(seq_along(label), function(i)
  if (compared[i]) sum(label[compared] == label[i]) - 1 else NA)
n <- sum(compared)
groups <- min(10, max(1, n %/% 10))
level <- rowMeans(keyed[compared, ], na.rm = TRUE)
group <- ceiling(rank(level, ties.method = "average") * groups / n)
text <- ifelse(is.na(answers), "none", answers)
expected <- sapply(seq_along(label), function(i) {
  if (!compared[i]) return(NA)
  chance <- sapply(unique(group), function(g) {
    members <- text[compared, , drop = FALSE][group == g, , drop = FALSE]
    mean(group == g) * prod(sapply(seq_len(items), function(j) mean(members[, j] == text[i, j])))
  })
  (n - 1) * sum(chance)
})
out <- data.frame(answers)
names(out) <- paste0("own_", seq_len(items))
out$answered <- rowSums(!is.na(answers))
out$long_string <- apply(answers, 1, longest_run)
out$longest_possible <- apply(answers, 1, stretch)
out$irv <- apply(answers, 1, sd, na.rm = TRUE)
out$even_odd <- apply(keyed, 1, even_odd)
out$even_odd_scales <- apply(keyed, 1, function(x) sum(complete.cases(halves(x))))
out$duplicate_of_other <- twin
out$expected_twins <- expected
digits <- function(x) ifelse(is.na(x), "", trimws(formatC(x, digits = 17, format = "g")))
writeLines(paste("#", R.version.string), "careless.csv")
suppressWarnings(write.table(data.frame(lapply(out, digits)), "careless.csv", append = TRUE,
                             sep = ",", row.names = FALSE, quote = FALSE))
