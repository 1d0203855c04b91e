# Alpha, Feldt interval, item-rest, omega, ICC: writes reliability.csv (figures) and the answers
# they rest on: reliability_attitude.csv, reliability_bfi.csv (with missing answers),
# reliability_waves.csv. Run from this folder: Rscript reliability.R
suppressMessages({library(psych); library(psychTools)})
version <- sprintf("# %s, psych %s, psychTools %s", R.version.string, packageVersion("psych"),
                   packageVersion("psychTools"))
rows <- list()
put <- function(case, ...) {
  v <- c(...)
  rows[[length(rows) + 1]] <<- data.frame(case = case, name = names(v), value = unname(v))
}
data_csv <- function(frame, file) {
  writeLines(version, file)
  suppressWarnings(write.table(frame, file, append = TRUE, sep = ",", row.names = FALSE,
                               quote = FALSE, na = ""))
}
# McDonald's omega of one factor on the scale of the items, as precise as factanal can be made
omega1 <- function(C) {
  f <- factanal(covmat = cov2cor(C), factors = 1,
                control = list(opt = list(factr = 1, pgtol = 0, maxit = 5000), lower = 0.005))
  stopifnot(f$converged)
  s <- sqrt(diag(C)); common <- sum(f$loadings[, 1] * s)^2
  c(omega = common / (common + sum(f$uniquenesses * s^2)), smallest = min(f$uniquenesses))
}
quiet <- function(x, ...) {  # psych warns of items that look reversed, also by cat()
  capture.output(a <- suppressWarnings(psych::alpha(x, warnings = FALSE, ...))); a
}
# alpha, its Feldt interval for n forms, omega, score in sum units
scale_figures <- function(case, x, use, n, level = 0.95) {
  a <- quiet(x, use = use); C <- cov(x, use = use); raw <- a$total$raw_alpha
  ci <- alpha.ci(raw, n.obs = n, n.var = ncol(x), p.val = 1 - level)
  put(case, n = n, alpha = raw, alpha_low = ci$lower.ci, alpha_high = ci$upper.ci,
      std_alpha = a$total$std.alpha, omega1(C), min_item_rest = min(a$item.stats$r.drop),
      sd = sqrt(sum(C)), sem = sqrt(sum(C)) * sqrt(1 - raw))
  for (i in seq_len(ncol(x)))
    put(paste0(case, "_item", i), item_rest_correlation = a$item.stats$r.drop[i],
        alpha_if_dropped = a$alpha.drop$raw_alpha[i], n = a$item.stats$n[i],
        mean = a$item.stats$mean[i], sd = a$item.stats$sd[i])
}

# base R: 30 departments, 7 ratings from 0 to 100
data_csv(attitude, "reliability_attitude.csv")
scale_figures("attitude", attitude, "complete.obs", 30)
ci <- alpha.ci(quiet(attitude)$total$raw_alpha, 30, 7, 0.1)
put("attitude_90", alpha_low = ci$lower.ci, alpha_high = ci$upper.ci)
put("attitude_sum", sd = sd(rowSums(attitude)), mean_sd = sd(rowMeans(attitude)))
wrong <- attitude
wrong$complaints <- 100 - wrong$complaints
wrong$critical <- 100 - wrong$critical
scale_figures("attitude_wrong_key", wrong, "complete.obs", 30)
two <- attitude[, c("complaints", "raises")]
put("attitude_two", std_alpha = quiet(two)$total$std.alpha, alpha = quiet(two)$total$raw_alpha)

# bfi: a sub-sample in which 21 of 240 people leave something out; A1 is reversed
items <- c(paste0("A", 1:5), paste0("N", 1:5))
bfi_part <- bfi[1001:1240, items]
stopifnot(sum(!complete.cases(bfi_part)) == 21)
data_csv(bfi_part, "reliability_bfi.csv")
keyed <- bfi_part; keyed$A1 <- 7 - keyed$A1
for (s in c("A", "N")) {
  x <- keyed[, paste0(s, 1:5)]; full <- na.omit(x)
  scale_figures(paste0("bfi_", s, "_listwise"), full, "complete.obs", nrow(full))
  scale_figures(paste0("bfi_", s, "_pairwise"), x, "pairwise", nrow(x))
}

# all 2,800 people: covariance matrices only; scoreItems puts medians in for missing answers
keys <- list(agree = c("-A1", "A2", "A3", "A4", "A5"),
             conscientious = c("C1", "C2", "C3", "-C4", "-C5"),
             extraversion = c("-E1", "-E2", "E3", "E4", "E5"), neuroticism = paste0("N", 1:5),
             openness = c("O1", "-O2", "O3", "O4", "-O5"))
scored <- scoreItems(keys, bfi)
triangle <- function(C) {
  at <- which(lower.tri(C, diag = TRUE), arr.ind = TRUE)
  setNames(C[at], sprintf("c%d_%d", at[, 1], at[, 2]))
}
for (k in names(keys)) {
  x <- bfi[, sub("-", "", keys[[k]])]
  for (i in seq_along(x)) if (startsWith(keys[[k]][i], "-")) x[[i]] <- 7 - x[[i]]
  raw <- quiet(x)$total$raw_alpha
  put(paste0("bfi_all_", k), alpha = raw, omega1(cov(x, use = "pairwise")),
      triangle(cov(x, use = "pairwise")))
  for (i in seq_along(x)) x[is.na(x[[i]]), i] <- median(x[[i]], na.rm = TRUE)
  put(paste0("bfi_median_", k), alpha = scored$alpha[1, k], omega1(cov(x)), triangle(cov(x)))
}
# other matrices of base R: 24 tests, 6 tests, loadings of both signs
put("matrix_harman", omega1(Harman74.cor$cov), triangle(Harman74.cor$cov))
put("matrix_ability", omega1(ability.cov$cov), triangle(ability.cov$cov))
put("matrix_swiss", omega1(cov(swiss)), triangle(cov(swiss)))

# intraclass correlations; the closed form (lmer = FALSE) and not lme4, which stops at zero
icc <- function(case, x, level = 0.95) {
  r <- ICC(x, lmer = FALSE, alpha = 1 - level)$results
  put(case, level = level, icc_2_1 = r["Single_random_raters", "ICC"],
      icc_2_1_low = r["Single_random_raters", "lower bound"],
      icc_2_1_high = r["Single_random_raters", "upper bound"],
      icc_3_1 = r["Single_fixed_raters", "ICC"],
      icc_3_1_low = r["Single_fixed_raters", "lower bound"],
      icc_3_1_high = r["Single_fixed_raters", "upper bound"])
  if (ncol(x) == 2) put(case, n = nrow(x), r = cor(x[, 1], x[, 2]),
                        mean_difference = mean(x[, 2] - x[, 1]),
                        sem_retest = sd(x[, 2] - x[, 1]) / sqrt(2))
}
sf <- cbind(J1 = c(9, 6, 8, 7, 10, 6), J2 = c(2, 1, 4, 1, 5, 2), J3 = c(5, 3, 6, 2, 6, 4),
            J4 = c(8, 2, 8, 6, 9, 7))
icc("shrout_fleiss", sf); icc("shrout_fleiss_90", sf, 0.9)
set.seed(17)
person <- rnorm(40, 12, 4)
wave <- function(shift, noise) pmin(pmax(round(person + shift + rnorm(40, 0, noise)), 0), 24)
waves <- data.frame(participant = sprintf("p%02d", 1:40),
                    steady_1 = wave(0, 2), steady_2 = wave(0, 2),
                    moved_1 = wave(-3, 2), moved_2 = wave(3, 2), loose_1 = sample(0:24, 40, TRUE),
                    loose_2 = sample(0:24, 40, TRUE))
data_csv(waves, "reliability_waves.csv")
for (k in c("steady", "moved", "loose")) icc(k, as.matrix(waves[, paste0(k, c("_1", "_2"))]))
icc("steady_80", as.matrix(waves[, c("steady_1", "steady_2")]), 0.8)

out <- do.call(rbind, rows)
out$value <- trimws(formatC(out$value, digits = 17, format = "g"))
data_csv(out, "reliability.csv")
