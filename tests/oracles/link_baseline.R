# The standardised difference of two groups of invented numbers, pooled SD, with its interval by the
# noncentral t distribution: writes link_baseline.csv (numbers, then figures).
# Run from this folder: Rscript link_baseline.R
suppressMessages(library(effectsize))
set.seed(7)
sets <- list(even = list(rnorm(25, 40, 9), rnorm(21, 42, 11)),
             few = list(rnorm(40, 3, 1), rnorm(5, 4.4, 1.5)),
             far = list(rnorm(30, 0, 1), rnorm(60, 2.5, 1)))
rows <- list()
for (set in names(sets)) {
  x <- round(sets[[set]][[1]], 3); y <- round(sets[[set]][[2]], 3)
  rows[[length(rows) + 1]] <- data.frame(set = set, what = "matched", value = x)
  rows[[length(rows) + 1]] <- data.frame(set = set, what = "unmatched", value = y)
  d <- cohens_d(x, y, pooled_sd = TRUE, ci = .95)
  stopifnot(d$CI_low < d$Cohens_d, d$Cohens_d < d$CI_high)
  # the ends once more, from their definition, because the package searches them coarsely
  scale <- sqrt(1 / length(x) + 1 / length(y)); t <- d$Cohens_d / scale; df <- length(c(x, y)) - 2
  end <- function(p) uniroot(function(ncp) pt(t, df, ncp) - p, t + c(-8, 8), tol = 1e-12)$root
  ends <- c(end(.975), end(.025)) * scale
  stopifnot(all(abs(ends - c(d$CI_low, d$CI_high)) < 1e-3))
  rows[[length(rows) + 1]] <- data.frame(set = set, what = c("d", "low", "high"),
                                         value = c(d$Cohens_d, ends))
}
writeLines(sprintf("# %s, effectsize %s", R.version.string, packageVersion("effectsize")),
           "link_baseline.csv")
out <- do.call(rbind, rows)
out$value <- formatC(out$value, digits = 15, format = "g")
suppressWarnings(write.table(out, "link_baseline.csv", append = TRUE, sep = ",",
                             row.names = FALSE, quote = FALSE))
