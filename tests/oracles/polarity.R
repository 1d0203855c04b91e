# Item-rest correlations, the correlation of the reversed items with the others, and percentile
# intervals of a bootstrap of people, on three invented data sets: writes polarity.csv (rows of
# answers, then rows of figures, one column an item; `block` stands in the column i1).
# Items i2 and i5 are reversed by the key. Run from this folder: Rscript polarity.R
suppressMessages(library(psych))
set.seed(13)
people <- c(strong = 40, gaps = 120, loose = 22)
items <- c(strong = 6, gaps = 8, loose = 5)
loadings <- list(strong = c(.8, -.7, .6, .7, -.6, .5),          # as the key says
                 gaps = c(.7, -.6, .5, .6, .6, .5, -.4, .6),    # i5 and i7 run the other way
                 loose = c(.5, -.3, 0, .1, .1))                 # hardly a scale
reversed <- c(2, 5)
resamples <- 20000
rows <- list()
put <- function(set, kind, values) {
  v <- c(values, rep(NA, 8 - length(values)))
  rows[[length(rows) + 1]] <<- c(set, kind, ifelse(is.na(v), "",
                                 trimws(formatC(v, digits = 17, format = "g"))))
}
for (set in names(people)) {
  n <- people[[set]]; k <- items[[set]]
  trait <- rnorm(n)
  x <- sapply(loadings[[set]], function(l) l * trait + sqrt(1 - l^2) * rnorm(n))
  x <- pmin(pmax(round(2 + 1.1 * x), 0), 4)
  if (set == "gaps") x[matrix(runif(n * k) < .06, n)] <- NA
  for (i in 1:n) put(set, "answers", x[i, ])
  keyed <- x
  keyed[, reversed] <- 4 - keyed[, reversed]
  full <- na.omit(keyed)
  colnames(full) <- paste0("i", 1:k)
  capture.output(a <- suppressWarnings(psych::alpha(as.data.frame(full), warnings = FALSE)))
  put(set, "n", nrow(full))
  put(set, "item_rest", a$item.stats$r.drop)
  block <- function(y) cor(rowSums(y[, reversed]), rowSums(y[, -reversed]))
  rest <- function(y) sapply(1:k, function(i) cor(y[, i], rowSums(y[, -i])))
  stopifnot(all.equal(rest(full), unname(a$item.stats$r.drop)))
  put(set, "block", block(full))
  drawn <- t(replicate(resamples, {
    y <- full[sample(nrow(full), replace = TRUE), ]
    c(rest(y), block(y))
  }))
  ends <- apply(drawn, 2, quantile, c(.025, .975, .005, .995))
  put(set, "low", ends[1, 1:k]); put(set, "high", ends[2, 1:k])
  put(set, "block_low", ends[3, k + 1]); put(set, "block_high", ends[4, k + 1])
}
writeLines(sprintf("# %s, psych %s", R.version.string, packageVersion("psych")), "polarity.csv")
out <- as.data.frame(do.call(rbind, rows))
names(out) <- c("set", "kind", paste0("i", 1:8))
suppressWarnings(write.table(out, "polarity.csv", append = TRUE, sep = ",", row.names = FALSE,
                             quote = FALSE))
