# Paired and independent tests, effect sizes, quartiles, Holm: writes paired.csv, signed_rank.csv.
# Run from this folder: Rscript paired.R
suppressMessages({library(coin); library(effectsize)})
version <- sprintf("# %s, coin %s, effectsize %s", R.version.string,
                   packageVersion("coin"), packageVersion("effectsize"))
rows <- list()
put <- function(case, ...) {
  v <- c(...)
  rows[[length(rows) + 1]] <<- data.frame(case = case, name = names(v), value = unname(v))
}
tt <- function(t) {
  estimate <- if (length(t$estimate) == 2) -diff(t$estimate) else t$estimate
  c(estimate = unname(estimate), se = t$stderr, df = unname(t$parameter), low = t$conf.int[1],
    high = t$conf.int[2], statistic = unname(t$statistic), p = t$p.value)
}
s1 <- sleep$extra[1:10]; s2 <- sleep$extra[11:20]
put("sleep_paired", tt(t.test(s1, s2, paired = TRUE)))
put("sleep_welch", tt(t.test(s1, s2)))
J <- function(df) exp(lgamma(df / 2) - log(sqrt(df / 2)) - lgamma((df - 1) / 2))
put("J", J9 = J(9), J18 = J(18), J30 = J(30), J12 = J(12), J2 = J(2), J4.2 = J(4.2))
n <- 10; d <- mean(s1 - s2); r <- cor(s1, s2)
put("sleep_effects", d_z = J(9) * d / sd(s1 - s2),
    d_rm = J(9) * d / (sd(s1 - s2) / sqrt(2 * (1 - r))),
    d_av = J(9) * d / sqrt((var(s1) + var(s2)) / 2), d_b = J(9) * d / sd(s2))
g <- hedges_g(s1, s2, paired = TRUE)
put("sleep_d_z_interval", low = g$CI_low, high = g$CI_high)
x <- mtcars$mpg[mtcars$am == 0]; y <- mtcars$mpg[mtcars$am == 1]
for (i in seq_along(x)) put("mtcars_0", mpg = x[i])
for (i in seq_along(y)) put("mtcars_1", mpg = y[i])
put("mtcars_welch", tt(t.test(x, y)))
g <- hedges_g(x, y); put("mtcars_smd", value = g$Hedges_g, low = g$CI_low, high = g$CI_high)
g <- glass_delta(x, y)
put("mtcars_glass", value = g$Glass_delta * J(12), low = g$CI_low * J(12), high = g$CI_high * J(12))
# a difference in change (Morris 2008, d_ppc2): pre and post of mtcars-sized made-up samples
tp <- c(30, 28, 35, 31, 26, 33); tq <- c(25, 27, 29, 30, 20, 26)
cp <- c(29, 33, 31, 27, 34); cq <- c(28, 34, 30, 28, 31)
sp <- sqrt((5 * var(tp) + 4 * var(cp)) / 9)
dd <- (mean(tq) - mean(tp)) - (mean(cq) - mean(cp))
put("ppc2", value = J(9) * dd / sp, sd_used = sp)
put("ppc_welch", tt(t.test(tq - tp, cq - cp)))
# partially nested, unequal groups: group means against single controls
gm <- c(mean(c(-3, -5, -1)), mean(c(0, 2)), mean(c(-4, -6, -2, -8)))
put("unequal_groups", tt(t.test(gm, c(1, -1, 0, 2, -3, 1))))
put("group_means", tt(t.test(gm)))
v <- c(4, 8, 15, 16, 23, 42, 4)
q <- quantile(v, c(.25, .5, .75), type = 7, names = FALSE)
put("describe", n = length(v), mean = mean(v), sd = sd(v), q1 = q[1], median = q[2], q3 = q[3])
p <- c(0.01, 0.04, 0.03, 0.005, 0.2)
put("holm_given", p1 = p[1], p2 = p[2], p3 = p[3], p4 = p[4], p5 = p[5])
h <- p.adjust(p, "holm"); put("holm", p1 = h[1], p2 = h[2], p3 = h[3], p4 = h[4], p5 = h[5])
write_csv <- function(frame, file) {
  writeLines(version, file)
  frame$value <- trimws(formatC(frame$value, digits = 17, format = "g"))
  suppressWarnings(write.table(frame, file, append = TRUE, sep = ",", row.names = FALSE,
                               quote = FALSE))
}
write_csv(do.call(rbind, rows), "paired.csv")

# exact signed-rank tests with ties and zeros: one row a sample
set.seed(20)
samples <- c(list(c(1, 2, 2, 3, 0), c(-1, -1, 2, 2, 2, 3, 0, 0), c(5, -5, 5, 5), c(1), c(2, -2),
                  c(1.5, 2.5, -0.5, 3.5, 4, -1, 6, 7.25)),
             lapply(rep(5:19, each = 2), function(n) sample(-4:7, n, replace = TRUE)))
samples <- Filter(function(d) any(d != 0), samples)
out <- do.call(rbind, lapply(samples, function(d) {
  zero <- rep(0, length(d))
  p <- if (sum(d != 0) < 2) 1 else as.numeric(pvalue(wilcoxsign_test(
    d ~ zero, distribution = "exact", zero.method = "Wilcoxon")))
  k <- d[d != 0]
  data.frame(differences = paste(d, collapse = " "), statistic = sum(rank(abs(k))[k > 0]),
             value = p)
}))
write_csv(out, "signed_rank.csv")
