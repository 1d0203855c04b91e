# Partially nested data, heteroscedastic model by REML (nlme): writes partially_nested.csv.
# Run from this folder: Rscript partially_nested.R
suppressMessages(library(nlme))
treated <- list(c(22, 25, 19, 28, 24, 20), c(30, 27, 33, 29, 26, 35), c(18, 21, 24, 17, 23, 19),
                c(27, 31, 25, 29, 22, 28))
control <- c(31, 28, 35, 26, 33, 29, 24, 37, 30, 27, 34, 22, 36, 25, 32, 28, 39, 30, 23, 33, 29, 27,
             35, 31)
data <- data.frame(y = c(unlist(treated), control), T = rep(1:0, each = 24),
                   g = factor(c(rep(1:4, each = 6), rep(5, 24))))
data$arm <- factor(data$T)
fit <- lme(y ~ T, random = list(g = pdDiag(~ 0 + T)), weights = varIdent(form = ~ 1 | arm),
           data = data, control = lmeControl(tolerance = 1e-10, msTol = 1e-12))
sigma <- fit$sigma * coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)
tau2 <- as.numeric(VarCorr(fit)["T", "Variance"])
welch <- t.test(sapply(treated, mean), control)
out <- c(estimate = unname(fixef(fit)["T"]), se = sqrt(vcov(fit)["T", "T"]), tau2 = tau2,
         within = unname(sigma["1"])^2, df = unname(welch$parameter),
         statistic = unname(welch$statistic), p = welch$p.value, low = welch$conf.int[1],
         high = welch$conf.int[2])
writeLines(sprintf("# %s, nlme %s", R.version.string, packageVersion("nlme")),
           "partially_nested.csv")
suppressWarnings(write.table(
  data.frame(name = names(out), value = trimws(formatC(out, digits = 12, format = "g"))),
  "partially_nested.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
