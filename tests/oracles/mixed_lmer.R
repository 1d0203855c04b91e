# Linear mixed models by REML with Kenward-Roger and Satterthwaite tests (lme4, pbkrtest,
# lmerTest) on made-up data. Writes mixed_data.csv (all made-up sets), mixed_sleepstudy.csv,
# mixed_dietox.csv, mixed_shoes.csv (data) and mixed_lmer.csv (set, quantity, term, value).
# Run from this folder: Rscript mixed_lmer.R
#
# The same table heads every mixed_*.R. t_w1 = treated and wave w1, and so on; treated = arm as 0/1;
# P = (1 | person), G = (0 + treated_post | group), GW = (0 + treated_post | group:wave).
# Fixed "w + t" = wave + t_w1 + t_w2 (+ t_w3). Last: coefficients tested together against zero.
# mixed_lmer.csv (REML; *_ml = maximum likelihood for pn3_unbalanced, crossed, sleepstudy, dietox,
# shoes; icc_* and sd_*_ml where there is one random effect)
#   pn2_balanced, pn2_unbalanced       wave + treated_post + P + G         wavew1 & treated_post
#   zero_variance (group at 0)         as pn2_balanced                     as pn2_balanced
#   pn3_balanced, pn3_unbalanced       w + t + P + G + GW                  t_w1 & t_w2
#   pn4_balanced, pn4_unbalanced       w + t + P + G + GW                  t_w1 & t_w2 & t_w3
#   cluster3                           w + t + P + post by group, by group:wave    t_w1 & t_w2
#   ancova_cluster, ancova_zero (at 0) pre + arm + (1 | group)             pre & armtreated
#   ancova_nested                      pre + treated + (0 + treated | group)   pre & treated
#   crossed                            x + (1 | person) + (1 | item)       (Intercept) & x
#   nested                             x + (1 | group) + (1 | person)      (Intercept) & x
#   sleepstudy                         Days + (Days | Subject)             (Intercept) & Days
#   dietox                             Time + (1 | Pig)                    (Intercept) & Time
#   shoes, shoes_unbalanced            material + (1 | boy); the second without rows 1 and 12
#                                                                          materialB
# mixed_nlme.csv (set/model, no F test)
#   pn3_unbalanced/...   w + t, residual: unstructured, compound_symmetry,
#                        heterogeneous_compound_symmetry, ar1, heterogeneous_ar1,
#                        compound_symmetry_by_arm, person_by_arm (P, residual by arm)
#   ancova_nested/heteroscedastic      pre + treated + (0 + treated | group), residual by arm
#   pn3_balanced/unstructured_control, pn3_balanced/unstructured_treated   wave, one arm alone
# mixed_clubsandwich.csv (CR2; CR1 too for mortality)
#   pn2_unbalanced, pn3_unbalanced, ancova_cluster, ancova_nested   as in mixed_lmer.csv, HTZ
#   mortality, mortality_weighted      0 + legal + beertaxa + state + year   legal & beertaxa, HTZ
# mixed_emmeans.csv
#   pn3_unbalanced                     arm * wave + x + P + G + GW, Kenward-Roger, no F test
# mixed_dense.csv (set/model)
#   pn2_unbalanced/by_arm, .../shared  wave + t_w1 + group; by_arm: residual unstructured by arm,
#                                      one w0 variance; shared: one for both arms   wavew1 & t_w1
#   pn3_balanced, pn3_unbalanced/by_arm, .../shared   w + t + group + group:wave, the same
#                                      residuals                           t_w1 & t_w2
#   pn3_unbalanced/person_by_arm, ancova_nested/heteroscedastic   as in mixed_nlme.csv
#                                      t_w1 & t_w2; pre & treated
#   membership                         x + group by weights (w1 in g1, w2 in g2)   (Intercept) & x
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest)})
source("mixed_common.R")
packages <- c("lme4", "lmerTest", "pbkrtest")

# ---- made-up data, rounded before anything is fitted --------------------------------------
columns <- c("set", "person", "group", "arm", "wave", "post", "treated_post", "pre", "x", "y",
             "item")
frame_of <- function(set, d) {
  d$set <- set
  for (name in setdiff(columns, names(d))) d[[name]] <- NA
  for (name in c("pre", "x", "y")) d[[name]] <- round(d[[name]], 3)
  d[columns]
}
# A partially nested trial (control: number of single people) or, with control as a vector of
# cluster sizes, a cluster-randomised one. The last group effects are per group and wave.
trial <- function(set, seed, treated, control, waves, missing = 0, sd_group = 3, sd_wave = 2.5,
                  clustered = FALSE) {
  set.seed(seed)
  sizes <- if (clustered) c(treated, control) else treated
  group <- rep(paste0("g", seq_along(sizes)), sizes)
  if (!clustered) group <- c(group, rep(NA, control))
  n <- length(group)
  arm <- rep(c("treated", "control"), c(sum(treated), n - sum(treated)))
  person <- sprintf("p%02d", seq_len(n))
  level <- rnorm(n, 30, 4)
  x <- round(rnorm(n, 50, 8), 3)
  d <- do.call(rbind, lapply(seq_len(waves) - 1, function(w) {
    effect <- rnorm(length(sizes), 0, sd_wave * (waves > 2))
    data.frame(person, group, arm, wave = paste0("w", w), w, x, level, shift = effect[
      match(group, paste0("g", seq_along(sizes)))])
  }))
  u <- rnorm(length(sizes), 0, sd_group)
  shift <- u[match(d$group, paste0("g", seq_along(sizes)))] + d$shift
  d$post <- as.numeric(d$w > 0)
  d$treated_post <- d$post * (d$arm == "treated")
  d$y <- d$level + 0.1 * (d$x - 50) - 0.5 * d$w - 3 * d$treated_post +
    ifelse(is.na(shift), 0, shift) * d$post + rnorm(nrow(d), 0, 3)
  d <- d[order(d$person, d$w), ]
  if (missing) d <- d[-sample(nrow(d), missing), ]
  if (set != "pn3_unbalanced") d$x <- NA
  frame_of(set, d)
}
ancova <- function(set, seed, treated, control, nested = FALSE, sd_group = 3) {
  set.seed(seed)
  sizes <- if (nested) treated else c(treated, control)
  group <- rep(paste0("g", seq_along(sizes)), sizes)
  if (nested) group <- c(group, rep(NA, control))
  n <- length(group)
  arm <- rep(c("treated", "control"), c(sum(treated), n - sum(treated)))
  u <- rnorm(length(sizes), 0, sd_group)[match(group, paste0("g", seq_along(sizes)))]
  pre <- round(rnorm(n, 30, 5), 3)
  y <- 12 + 0.6 * pre - 3 * (arm == "treated") + ifelse(is.na(u), 0, u) + rnorm(n, 0, 4)
  frame_of(set, data.frame(person = sprintf("p%02d", seq_len(n)), group, arm, pre, y))
}
crossed <- function(seed) {
  set.seed(seed)
  d <- expand.grid(item = sprintf("i%d", 1:8), person = sprintf("p%02d", 1:12),
                   stringsAsFactors = FALSE)
  a <- rnorm(12, 0, 3); b <- rnorm(8, 0, 2)
  d$x <- round(rnorm(96, 10, 2), 3)
  d$y <- 22 + 0.7 * d$x + a[as.integer(factor(d$person))] + b[as.integer(factor(d$item))] +
    rnorm(96, 0, 2.5)
  frame_of("crossed", d[-sample(96, 14), ])
}
nested <- function(seed) {
  set.seed(seed)
  sizes <- c(6, 5, 5, 4, 3, 2)
  group <- rep(paste0("g", 1:6), sizes)
  d <- data.frame(person = rep(sprintf("p%02d", 1:25), each = 3), group = rep(group, each = 3))
  u <- rnorm(6, 0, 3); v <- rnorm(25, 0, 3)
  d$x <- round(rnorm(75, 10, 2), 3)
  d$y <- 22 + 0.7 * d$x + u[as.integer(factor(d$group))] + rep(v, each = 3) + rnorm(75, 0, 2.5)
  frame_of("nested", d)
}
# Seeds with every variance well above zero, but for the two sets meant to have one at zero.
seeds <- c(pn2_balanced = 7, pn2_unbalanced = 13, pn3_balanced = 5, pn3_unbalanced = 17,
           pn4_balanced = 10, pn4_unbalanced = 9, cluster3 = 8, ancova_cluster = 2,
           ancova_nested = 3, crossed = 1, nested = 6, zero_variance = 1, ancova_zero = 2)
make <- function(set, seed) switch(set,
  pn2_balanced = trial(set, seed, rep(6, 4), 24, 2),
  pn2_unbalanced = trial(set, seed, c(8, 6, 5, 3, 1), 20, 2, missing = 9),
  pn3_balanced = trial(set, seed, rep(6, 4), 24, 3),
  pn3_unbalanced = trial(set, seed, c(7, 6, 5, 4, 2), 20, 3, missing = 13),
  pn4_balanced = trial(set, seed, rep(5, 4), 16, 4),
  pn4_unbalanced = trial(set, seed, c(7, 5, 4, 3), 16, 4, missing = 14),
  cluster3 = trial(set, seed, c(6, 5, 3), c(5, 6, 4, 4), 3, missing = 8, clustered = TRUE),
  ancova_cluster = ancova(set, seed, c(9, 7, 6, 4), c(8, 7, 5, 5, 3)),
  ancova_nested = ancova(set, seed, c(8, 7, 6, 4, 3), 24, nested = TRUE),
  crossed = crossed(seed),
  nested = nested(seed),
  zero_variance = trial(set, seed, rep(6, 4), 24, 2, sd_group = 0),
  ancova_zero = ancova(set, seed, c(9, 7, 6, 4), c(8, 7, 5, 5, 3), sd_group = 0))

# ---- models and hypotheses ----------------------------------------------------------------
pn <- "(1 | person) + (0 + treated_post | group)"
models <- c(
  pn2_balanced = paste("y ~ wave + treated_post +", pn),
  pn2_unbalanced = paste("y ~ wave + treated_post +", pn),
  pn3_balanced = paste("y ~ wave + t_w1 + t_w2 +", pn, "+ (0 + treated_post | group:wave)"),
  pn3_unbalanced = paste("y ~ wave + t_w1 + t_w2 +", pn, "+ (0 + treated_post | group:wave)"),
  pn4_balanced = paste("y ~ wave + t_w1 + t_w2 + t_w3 +", pn,
                       "+ (0 + treated_post | group:wave)"),
  pn4_unbalanced = paste("y ~ wave + t_w1 + t_w2 + t_w3 +", pn,
                         "+ (0 + treated_post | group:wave)"),
  cluster3 = paste("y ~ wave + t_w1 + t_w2 + (1 | person) + (0 + post | group)",
                   "+ (0 + post | group:wave)"),
  ancova_cluster = "y ~ pre + arm + (1 | group)",
  ancova_nested = "y ~ pre + treated + (0 + treated | group)",
  crossed = "y ~ x + (1 | person) + (1 | item)",
  nested = "y ~ x + (1 | group) + (1 | person)",
  zero_variance = paste("y ~ wave + treated_post +", pn),
  ancova_zero = "y ~ pre + arm + (1 | group)",
  sleepstudy = "Reaction ~ Days + (Days | Subject)",
  dietox = "Weight ~ Time + (1 | Pig)",
  shoes = "wear ~ material + (1 | boy)",
  shoes_unbalanced = "wear ~ material + (1 | boy)")
hypotheses <- list(
  pn2_balanced = c("wavew1", "treated_post"), pn2_unbalanced = c("wavew1", "treated_post"),
  pn3_balanced = c("t_w1", "t_w2"), pn3_unbalanced = c("t_w1", "t_w2"),
  pn4_balanced = c("t_w1", "t_w2", "t_w3"), pn4_unbalanced = c("t_w1", "t_w2", "t_w3"),
  cluster3 = c("t_w1", "t_w2"), ancova_cluster = c("pre", "armtreated"),
  ancova_nested = c("pre", "treated"), crossed = c("(Intercept)", "x"),
  nested = c("(Intercept)", "x"), zero_variance = c("wavew1", "treated_post"),
  ancova_zero = c("pre", "armtreated"), sleepstudy = c("(Intercept)", "Days"),
  dietox = c("(Intercept)", "Time"), shoes = "materialB", shoes_unbalanced = "materialB")

# ---- fits -----------------------------------------------------------------------------------
variances <- function(fit) {
  v <- as.data.frame(VarCorr(fit), order = "lower.tri")
  several <- v$grp %in% v$grp[!is.na(v$var2)]
  name <- ifelse(v$grp == "Residual", "residual", v$grp)
  name[several] <- paste0(v$grp, ":", v$var1)[several]
  name[!is.na(v$var2)] <- paste0(name, "~", v$var2)[!is.na(v$var2)]
  setNames(v$vcov, name)
}
put_fit <- function(set, fit, suffix = "") {
  q <- function(name) paste0(name, suffix)
  put(set, q("loglik"), "model", logLik(fit))
  put(set, q("estimate"), names(fixef(fit)), fixef(fit))
  put(set, q("se"), names(fixef(fit)), sqrt(diag(as.matrix(vcov(fit)))))
  v <- variances(fit)
  put(set, q("variance"), names(v), v)
}
put_tests <- function(set, fit) {
  b <- fixef(fit)
  adjusted <- vcovAdj(fit)
  unit <- diag(length(b))
  se_kr <- sqrt(diag(as.matrix(adjusted)))
  df_kr <- apply(unit, 1, function(l) get_Lb_ddf(fit, l))
  put(set, "se_kr", names(b), se_kr)
  put(set, "df_kr", names(b), df_kr)
  put(set, "p_kr", names(b), 2 * pt(-abs(b / se_kr), df_kr))
  one <- do.call(rbind, lapply(seq_along(b), function(i) contest1D(fit, unit[i, ])))
  put(set, "df_satterthwaite", names(b), one$df)
  put(set, "p_satterthwaite", names(b), one[["Pr(>|t|)"]])
  together <- hypotheses[[set]]
  l <- unit[match(together, names(b)), , drop = FALSE]
  name <- paste(together, collapse = " & ")
  kr <- KRmodcomp(fit, l)$stats
  put(set, "f_kr", name, kr$Fstat)
  put(set, "ddf_kr", name, kr$ddf)
  put(set, "p_f_kr", name, kr$p.value)
  put(set, "scaling_kr", name, kr$F.scaling)
  many <- contestMD(fit, l)
  put(set, "f_satterthwaite", name, many[["F value"]])
  put(set, "ddf_satterthwaite", name, many$DenDF)
  put(set, "p_f_satterthwaite", name, many[["Pr(>F)"]])
}
# One random effect beside the residual: share of its variance, theta^2 / (1 + theta^2), with
# the ends where the REML profile is qchisq(.95, 1) above its minimum.
put_icc <- function(set, fit, data) {
  f <- lme4::lmer(formula(models[[set]]), data, REML = TRUE, devFunOnly = TRUE)
  best <- getME(fit, "theta")
  icc <- function(theta) theta^2 / (1 + theta^2)
  above <- function(theta) f(theta) - f(best) - qchisq(0.95, 1)
  low <- if (above(0) <= 0) 0 else uniroot(above, c(0, best), tol = 1e-12)$root
  high <- uniroot(above, c(best, 50), tol = 1e-12)$root
  put(set, c("icc", "icc_low", "icc_high"), "model", icc(c(best, low, high)))
}
# Profile interval of the standard deviation from the ML fit: lme4's confint (which reads the
# ends off a spline) and the same ends by root finding on the deviance.
put_sd <- function(set, data) {
  fit <- fit_tight(formula(models[[set]]), data, reml = FALSE)
  # the profile refits, so it needs a fit with an optimiser
  plain <- suppressMessages(lme4::lmer(formula(models[[set]]), data, REML = FALSE))
  ends <- suppressWarnings(confint(plain, parm = 1, method = "profile", quiet = TRUE))
  f <- lme4::lmer(formula(models[[set]]), data, REML = FALSE, devFunOnly = TRUE)
  best <- getME(fit, "theta") * sigma(fit)
  n <- nrow(data)
  # deviance with both standard deviations fixed: log determinant + n log(2 pi s^2) + r^2 / s^2
  profiled <- function(sd) optimize(function(log_s) {
    s <- exp(log_s)
    d <- f(sd / s)
    r2 <- environment(f)$pp$sqrL(1) + environment(f)$resp$wrss()
    log_det <- d - n * (1 + log(2 * pi * r2 / n))
    log_det + n * log(2 * pi * s^2) + r2 / s^2
  }, log(sigma(fit)) + c(-1.5, 1.5), tol = 1e-9)$objective
  minimum <- deviance_of(fit)
  stopifnot(abs(profiled(best) - minimum) < 1e-9)
  above <- function(sd) profiled(sd) - minimum - qchisq(0.95, 1)
  low <- if (above(0) <= 0) 0 else uniroot(above, c(0, best), tol = 1e-10)$root
  high <- uniroot(above, c(best, 30 * sigma(fit)), tol = 1e-10)$root
  stopifnot(is.na(ends[1]) || abs(ends[1] - low) < 5e-3 * high, abs(ends[2] / high - 1) < 5e-3)
  put(set, "sd_low_ml", "model", if (is.na(ends[1])) 0 else ends[1])
  put(set, "sd_high_ml", "model", ends[2])
  put(set, "sd_low_ml_root", "model", low)
  put(set, "sd_high_ml_root", "model", high)
}

made <- do.call(rbind, lapply(names(seeds), function(set) make(set, seeds[[set]])))
for (name in c("pre", "x", "y")) made[[name]] <- ifelse(is.na(made[[name]]), NA,
                                                       sprintf("%.3f", made[[name]]))
write_frame(made, "mixed_data.csv", character())
data(dietox, package = "geepack")
shoes <- data.frame(boy = rep(sprintf("b%02d", 1:10), 2), material = rep(c("A", "B"), each = 10),
                    wear = c(MASS::shoes$A, MASS::shoes$B))
dietox <- dietox[c("Pig", "Time", "Weight")]
write_frame(as.data.frame(sleepstudy), "mixed_sleepstudy.csv", "lme4")
write_frame(dietox, "mixed_dietox.csv", "geepack")
write_frame(shoes, "mixed_shoes.csv", "MASS")
dietox$Pig <- factor(dietox$Pig)
other <- list(sleepstudy = sleepstudy, dietox = dietox, shoes = shoes,
              shoes_unbalanced = shoes[-c(1, 12), ])

for (set in names(models)) {
  data <- if (set %in% names(other)) other[[set]] else read_set(set)
  fit <- fit_tight(formula(models[[set]]), data)
  zero <- variances(fit) == 0
  stopifnot(any(zero) == (set %in% c("zero_variance", "ancova_zero")))
  put_fit(set, fit)
  put_tests(set, fit)
  if (set %in% c("pn3_unbalanced", "crossed", "sleepstudy", "dietox", "shoes"))
    put_fit(set, fit_tight(formula(models[[set]]), data, reml = FALSE), "_ml")
  if (length(getME(fit, "theta")) == 1) put_icc(set, fit, data)
  if (set %in% c("ancova_cluster", "ancova_nested", "ancova_zero", "shoes")) put_sd(set, data)
}
write_rows("mixed_lmer.csv", packages)
