# A textbook mixed model with dense matrices, written from Kenward & Roger (1997, Biometrics 53,
# 983-997) without a mixed-model package: V is a sum of parameters times known matrices, REML by
# nlminb and Newton steps, Kenward-Roger from the expected information, Satterthwaite from the
# observed information (numerical Hessian). lme4, pbkrtest and lmerTest serve as a check only.
# Reads mixed_data.csv; writes mixed_membership.csv (data) and mixed_dense.csv (set, quantity,
# term, value). Run from this folder after mixed_lmer.R: Rscript mixed_dense.R
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

# ---- the engine -----------------------------------------------------------------------------
# All that follows from V at one value of the parameters; NULL where V is not positive definite.
at <- function(theta, m) {
  v <- Reduce(`+`, Map(`*`, theta, m$g))
  r <- tryCatch(chol(v), error = function(e) NULL)
  if (is.null(r)) return(NULL)
  vi <- chol2inv(r)
  xvx <- crossprod(m$x, vi %*% m$x)
  phi <- solve(xvx)
  beta <- phi %*% crossprod(m$x, vi %*% m$y)
  e <- m$y - m$x %*% beta
  log_det <- 2 * sum(log(diag(r))) + as.numeric(determinant(xvx)$modulus)
  n <- length(m$y) - ncol(m$x)
  list(vi = vi, phi = phi, beta = beta[, 1], e = e,
       minus2 = n * log(2 * pi) + log_det + sum(e * (vi %*% e)),
       projection = vi - vi %*% m$x %*% phi %*% t(m$x) %*% vi)
}
minus2 <- function(theta, m) { a <- at(theta, m); if (is.null(a)) 1e10 else a$minus2 }
# d(-2 log L) / d theta = tr(P G) - y'PGPy
score <- function(theta, m) {
  a <- at(theta, m)
  py <- a$projection %*% m$y
  vapply(m$g, function(g) sum(a$projection * g) - sum(py * (g %*% py)), 0)
}
# second derivatives of -2 log L: observed, or expected = tr(P G P G)
curvature <- function(theta, m, expected = FALSE) {
  a <- at(theta, m)
  pg <- lapply(m$g, function(g) a$projection %*% g)
  py <- a$projection %*% m$y
  k <- length(theta)
  h <- matrix(0, k, k)
  for (i in 1:k) for (j in 1:i) {
    trace <- sum(pg[[i]] * t(pg[[j]]))
    # y'P Gi P Gj P y, P being symmetric
    form <- sum((m$g[[i]] %*% py) * (pg[[j]] %*% py))
    h[i, j] <- h[j, i] <- if (expected) trace else -trace + 2 * form
  }
  h
}
numerical_hessian <- function(theta, m, step = 1e-4) {
  k <- length(theta)
  size <- step * pmax(abs(theta), 1)
  h <- vapply(1:k, function(i) {
    moved <- function(by) { t <- theta; t[i] <- t[i] + by * size[i]; score(t, m) }
    # five points: error of fourth order in the step
    (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * size[i])
  }, numeric(k))
  (h + t(h)) / 2
}
reml <- function(m, start) {
  theta <- start
  last <- Inf
  repeat {
    o <- nlminb(theta, minus2, m = m, control = list(rel.tol = 1e-14, eval.max = 5000,
                                                     iter.max = 2000))
    theta <- o$par
    if (last - o$objective < 1e-10) break
    last <- o$objective
  }
  for (i in 1:8) theta <- theta - solve(curvature(theta, m), score(theta, m))
  names(theta) <- names(m$g)
  stopifnot(max(abs(score(theta, m))) < 1e-8, minus2(theta, m) < o$objective + 1e-8,
            min(eigen(curvature(theta, m))$values) > 0)
  theta
}
# Kenward-Roger covariance: V is linear in theta, so the terms in second derivatives vanish.
kenward_roger <- function(theta, m) {
  a <- at(theta, m)
  k <- length(theta)
  w <- solve(curvature(theta, m, expected = TRUE) / 2)
  vx <- a$vi %*% m$x
  p <- lapply(m$g, function(g) -t(vx) %*% g %*% vx)
  lambda <- matrix(0, ncol(m$x), ncol(m$x))
  for (i in 1:k) for (j in 1:k) {
    q <- t(vx) %*% m$g[[i]] %*% a$vi %*% m$g[[j]] %*% vx
    lambda <- lambda + w[i, j] * (q - p[[i]] %*% a$phi %*% p[[j]])
  }
  list(beta = a$beta, phi = a$phi, p = p, w = w,
       adjusted = a$phi + 2 * a$phi %*% ((lambda + t(lambda)) / 2) %*% a$phi)
}
# Scaled F of the hypothesis that the rows of l times beta are zero.
kr_test <- function(kr, l) {
  ell <- nrow(l)
  th <- t(l) %*% solve(l %*% kr$phi %*% t(l)) %*% l
  a1 <- a2 <- 0
  for (i in seq_along(kr$p)) for (j in seq_along(kr$p)) {
    ui <- th %*% kr$phi %*% kr$p[[i]] %*% kr$phi
    uj <- th %*% kr$phi %*% kr$p[[j]] %*% kr$phi
    a1 <- a1 + kr$w[i, j] * sum(diag(ui)) * sum(diag(uj))
    a2 <- a2 + kr$w[i, j] * sum(ui * t(uj))
  }
  b <- (a1 + 6 * a2) / (2 * ell)
  g <- ((ell + 1) * a1 - (ell + 4) * a2) / ((ell + 2) * a2)
  d <- 3 * ell + 2 * (1 - g)
  c1 <- g / d; c2 <- (ell - g) / d; c3 <- (ell + 2 - g) / d
  mean_f <- 1 / (1 - a2 / ell)
  variance_f <- 2 / ell * (1 + c1 * b) / ((1 - c2 * b)^2 * (1 - c3 * b))
  rho <- variance_f / (2 * mean_f^2)
  df <- 4 + (ell + 2) / (ell * rho - 1)
  scaling <- df / (mean_f * (df - 2))
  lb <- l %*% kr$beta
  f <- scaling * sum(lb * solve(l %*% kr$adjusted %*% t(l), lb)) / ell
  c(f = f, ddf = df, scaling = scaling, p = pf(f, ell, df, lower.tail = FALSE))
}
# Satterthwaite df of l'beta: the gradient of its variance is l' phi X'V^-1 G V^-1 X phi l.
satterthwaite <- function(theta, m, l) {
  a <- at(theta, m)
  z <- a$vi %*% m$x %*% a$phi %*% l
  gradient <- vapply(m$g, function(g) sum(z * (g %*% z)), 0)
  spread <- 2 * solve(numerical_hessian(theta, m))
  2 * sum(l * (a$phi %*% l))^2 / sum(gradient * (spread %*% gradient))
}

# ---- the matrices of a design -----------------------------------------------------------------
same <- function(f) outer(as.character(f), as.character(f), "==") * 1
by_arm <- function(d) {
  waves <- levels(d$wave)
  x <- model.matrix(as.formula(paste("~ wave +", paste0("t_w", seq_along(waves[-1]),
                                                        collapse = " + "))), d)
  treated <- tcrossprod(d$treated_post)
  g <- list(group = treated * same(d$group))
  if (length(waves) > 2) g[["group:wave"]] <- treated * same(d$group) * same(d$wave)
  pair <- function(a, b, rows) {
    one <- outer(rows & d$wave == a, rows & d$wave == b)
    same(d$person) * (if (a == b) one else one + t(one))
  }
  g[["w0:w0"]] <- pair("w0", "w0", TRUE)
  for (arm in levels(d$arm)) for (j in seq_along(waves)) for (i in 1:j)
    if (j > 1) g[[paste(arm, waves[i], waves[j], sep = ":")]] <-
      pair(waves[i], waves[j], d$arm == arm)
  list(y = d$y, x = x, g = g)
}
by_arm_start <- function(m) {
  s2 <- var(lm.fit(m$x, m$y)$residuals)
  vapply(strsplit(names(m$g), ":"), function(k) {
    k <- tail(k, 2)
    if (k[1] == "group") 0.3 * s2 else if (k[1] == k[2]) s2 else 0.5 * s2
  }, 0)
}
shared <- function(d) {
  m <- by_arm(d)
  waves <- levels(d$wave)
  keep <- grepl("^(group|group:wave|w0:w0)$", names(m$g))
  both <- m$g[keep]
  for (j in seq_along(waves)[-1]) for (i in 1:j) {
    pair <- paste(waves[i], waves[j], sep = ":")
    both[[pair]] <- Reduce(`+`, m$g[paste(levels(d$arm), pair, sep = ":")])
  }
  m$g <- both
  m
}
put_dense <- function(set, m, start, together, mean_of = NULL) {
  theta <- reml(m, start)
  # the closed form of the second derivatives against differences of the first ones
  exact <- curvature(theta, m)
  stopifnot(max(abs(numerical_hessian(theta, m) - exact)) < 1e-6 * max(abs(exact)))
  kr <- kenward_roger(theta, m)
  names(kr$beta) <- colnames(m$x)
  l <- diag(length(kr$beta))
  rownames(l) <- names(kr$beta)
  if (!is.null(mean_of)) {
    l <- rbind(l, colMeans(l[mean_of, ]))
    rownames(l)[nrow(l)] <- paste0("mean(", paste(mean_of, collapse = " "), ")")
  }
  terms <- rownames(l)
  b <- (l %*% kr$beta)[, 1]
  se <- sqrt(rowSums((l %*% kr$phi) * l))
  se_kr <- sqrt(rowSums((l %*% kr$adjusted) * l))
  df_kr <- apply(l, 1, function(row) kr_test(kr, t(row))[["ddf"]])
  df_s <- apply(l, 1, function(row) satterthwaite(theta, m, row))
  put(set, "loglik", "model", -minus2(theta, m) / 2)
  put(set, "variance", names(theta), theta)
  put(set, "estimate", terms, b)
  put(set, "se", terms, se)
  put(set, "se_kr", terms, se_kr)
  put(set, "df_kr", terms, df_kr)
  put(set, "p_kr", terms, 2 * pt(-abs(b / se_kr), df_kr))
  put(set, "df_satterthwaite", terms, df_s)
  put(set, "p_satterthwaite", terms, 2 * pt(-abs(b / se), df_s))
  test <- kr_test(kr, l[together, , drop = FALSE])
  name <- paste(together, collapse = " & ")
  put(set, "f_kr", name, test[["f"]])
  put(set, "ddf_kr", name, test[["ddf"]])
  put(set, "p_f_kr", name, test[["p"]])
  put(set, "scaling_kr", name, test[["scaling"]])
  invisible(theta)
}

# ---- check: the same engine on lmer's models ---------------------------------------------------
close_to <- function(a, b, tolerance) stopifnot(max(abs(a / b - 1)) < tolerance)
check <- function(set, formula, together) {
  d <- read_set(set)
  fit <- lmerTest::lmer(formula, d, control = lmerControl(
    optimizer = "bobyqa", optCtrl = list(rhobeg = 0.2, rhoend = 1e-10, maxfun = 1e5)))
  m <- list(y = d$y, x = getME(fit, "X"), g = c(
    lapply(getME(fit, "Ztlist"), function(z) as.matrix(crossprod(z))), list(diag(nrow(d)))))
  theta <- reml(m, c(rep(5, length(m$g) - 1), 10))
  kr <- kenward_roger(theta, m)
  l <- diag(length(kr$beta))
  rownames(l) <- names(fixef(fit))
  close_to(-minus2(theta, m) / 2, as.numeric(logLik(fit)), 1e-10)
  close_to(theta, as.data.frame(VarCorr(fit))$vcov, 1e-5)
  close_to(kr$beta, fixef(fit), 1e-6)
  close_to(sqrt(diag(kr$adjusted)), sqrt(diag(as.matrix(vcovAdj(fit)))), 1e-6)
  close_to(apply(l, 1, function(row) kr_test(kr, t(row))[["ddf"]]),
           apply(l, 1, function(row) get_Lb_ddf(fit, row)), 1e-5)
  close_to(apply(l, 1, function(row) satterthwaite(theta, m, row)),
           apply(l, 1, function(row) contest1D(fit, row)$df), 1e-5)
  mine <- kr_test(kr, l[together, ])
  theirs <- KRmodcomp(fit, l[together, ])$stats
  close_to(mine, unlist(theirs[c("Fstat", "ddf", "F.scaling", "p.value")]), 1e-5)
}
check("pn2_unbalanced", y ~ wave + treated_post + (1 | person) + (0 + treated_post | group),
      c("wavew1", "treated_post"))
check("pn3_unbalanced", y ~ wave + t_w1 + t_w2 + (1 | person) + (0 + treated_post | group) +
        (0 + treated_post | group:wave), c("t_w1", "t_w2"))

# ---- the oracles ---------------------------------------------------------------------------------
for (set in c("pn2_unbalanced", "pn3_unbalanced", "pn3_balanced")) {
  d <- read_set(set)
  three <- nlevels(d$wave) > 2
  together <- if (three) c("t_w1", "t_w2") else c("wavew1", "t_w1")
  for (model in c("by_arm", "shared")) {
    m <- get(model)(d)
    theta <- put_dense(paste(set, model, sep = "/"), m, by_arm_start(m), together,
                       if (three) together)
    stopifnot(theta[c("group", if (three) "group:wave")] > 0.1)
    # the residual of a person with all waves is a covariance matrix of its own
    for (arm in levels(d$arm)) {
      rest <- Reduce(`+`, Map(`*`, theta, m$g)[!grepl("^group", names(theta))])
      whole <- names(which(table(d$person[d$arm == arm]) == nlevels(d$wave)))[1]
      stopifnot(min(eigen(rest[d$person == whole, d$person == whole])$values) > 0.1)
    }
  }
}
# models of mixed_nlme.csv that are linear in their variances
d <- read_set("pn3_unbalanced")
arms <- lapply(setNames(levels(d$arm), paste0("residual:", levels(d$arm))),
               function(arm) diag(as.numeric(d$arm == arm)))
put_dense("pn3_unbalanced/person_by_arm", list(
  y = d$y, x = model.matrix(~ wave + t_w1 + t_w2, d), g = c(list(person = same(d$person)), arms)),
  c(10, 10, 10), c("t_w1", "t_w2"))
d <- read_set("ancova_nested")
arms <- lapply(setNames(levels(d$arm), paste0("residual:", levels(d$arm))),
               function(arm) diag(as.numeric(d$arm == arm)))
put_dense("ancova_nested/heteroscedastic", list(
  y = d$y, x = model.matrix(~ pre + treated, d),
  g = c(list(group = tcrossprod(d$treated) * same(d$group)), arms)),
  c(5, 10, 10), c("pre", "treated"))
# two memberships a person, with weights that add up to one; u of one variance
set.seed(5)
people <- 60
first <- sample(8, people, replace = TRUE)
second <- (first + sample(7, people, replace = TRUE) - 1) %% 8 + 1
weight <- sample(c(0.25, 0.4, 0.5, 0.7, 1), people, replace = TRUE)
x <- round(rnorm(people, 10, 2), 3)
u <- rnorm(8, 0, 3)
y <- round(22 + 0.7 * x + weight * u[first] + (1 - weight) * u[second] + rnorm(people, 0, 3), 3)
member <- data.frame(person = sprintf("p%02d", 1:people), y, x, g1 = paste0("g", first),
                     w1 = weight, g2 = paste0("g", second), w2 = 1 - weight)
member[weight == 1, c("g2", "w2")] <- NA
write_frame(member, "mixed_membership.csv", character())
w <- matrix(0, people, 8)
w[cbind(1:people, first)] <- weight
w[cbind(1:people, second)] <- w[cbind(1:people, second)] + 1 - weight
m <- list(y = y, x = cbind(`(Intercept)` = 1, x = x),
          g = list(group = tcrossprod(w), residual = diag(people)))
theta <- put_dense("membership", m, c(5, 10), c("(Intercept)", "x"))
stopifnot(theta > 0.1)
write_rows("mixed_dense.csv", packages)
