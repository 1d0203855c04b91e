# Residual covariance structures by REML (nlme). Reads mixed_data.csv; writes mixed_nlme.csv (set,
# quantity, term, value), where set is data/model.
# Run from this folder after mixed_lmer.R: Rscript mixed_nlme.R
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
suppressMessages(library(nlme))
source("mixed_common.R")
tight <- glsControl(tolerance = 1e-10, msTol = 1e-12, msMaxIter = 500, maxIter = 500)
# nlme stops within about 1e-5 of the covariance parameters. Newton steps on nlme's own likelihood
# finish the job, and the model is fitted once more with its structure fixed where they end.
polished <- function(formula, d, correlation, weights = NULL) {
  d <- d[order(d$person, d$number), ]
  call_gls <- function(cor, var) gls(formula, d, correlation = cor, weights = var,
                                     control = tight)
  first <- call_gls(correlation(NULL), if (!is.null(weights)) weights(NULL))
  s <- first$modelStruct
  x <- model.matrix(formula, d)
  # the likelihood wants the rows in the order of the groups
  sorted <- order(first$groups)
  attr(s, "conLin") <- list(Xy = cbind(x, d$y)[sorted, ], dims = list(
    N = nrow(x), p = ncol(x), REML = 1L), logLik = 0, sigma = 0, fixedSigma = FALSE)
  f <- function(par) -as.numeric(logLik(s, Pars = par))
  par <- as.vector(coef(s))
  constant <- f(par) + as.numeric(logLik(first))
  for (step in 1:5) {
    move <- solve(numDeriv::hessian(f, par), numDeriv::grad(f, par))
    par <- par - move
  }
  stopifnot(max(abs(move)) < 1e-8)
  coef(s) <- par
  natural <- function(part) coef(part, unconstrained = FALSE)
  fit <- call_gls(correlation(natural(s$corStruct)),
                  if (!is.null(weights)) weights(natural(s$varStruct)))
  gain <- as.numeric(logLik(fit)) - as.numeric(logLik(first))
  stopifnot(abs(as.numeric(logLik(fit)) + f(par) - constant) < 1e-9, gain > -1e-9, gain < 1e-6,
            max(abs(coef(fit) - coef(first))) < 1e-3)
  fit
}
symmetric <- function(v) if (is.null(v)) corSymm(form = ~ index | person) else
  corSymm(as.vector(v), form = ~ index | person, fixed = TRUE)
compound <- function(v) if (is.null(v)) corCompSymm(form = ~ 1 | person) else
  corCompSymm(as.vector(v), form = ~ 1 | person, fixed = TRUE)
# the number of the wave keeps the distance where a wave is missing
first_order <- function(v) if (is.null(v)) corAR1(form = ~ number | person) else
  corAR1(as.vector(v), form = ~ number | person, fixed = TRUE)
in_group <- function(v) if (is.null(v)) corCompSymm(form = ~ 1 | group) else
  corCompSymm(as.vector(v), form = ~ 1 | group, fixed = TRUE)
by_wave <- function(v) if (is.null(v)) varIdent(form = ~ 1 | wave) else
  varIdent(form = ~ 1 | wave, fixed = v)
by_arm <- function(v) if (is.null(v)) varIdent(form = ~ 1 | arm) else
  varIdent(form = ~ 1 | arm, fixed = v)

put_gls <- function(set, fit) {
  put(set, "loglik", "model", logLik(fit))
  put(set, "estimate", names(coef(fit)), coef(fit))
  put(set, "se", names(coef(fit)), sqrt(diag(vcov(fit))))
}
put_covariance <- function(set, fit, d, rows = TRUE, prefix = "") {
  waves <- levels(d$wave)
  whole <- names(which(table(d$person[rows]) == length(waves)))[1]
  v <- getVarCov(fit, individual = whole)
  for (j in seq_along(waves)) for (i in 1:j)
    put(set, "variance", paste0(prefix, waves[i], ":", waves[j]), v[i, j])
}

d <- read_set("pn3_unbalanced")
d$index <- d$number + 1L
model <- y ~ wave + t_w1 + t_w2
structures <- list(
  unstructured = list(symmetric, by_wave),
  compound_symmetry = list(compound),
  heterogeneous_compound_symmetry = list(compound, by_wave),
  ar1 = list(first_order),
  heterogeneous_ar1 = list(first_order, by_wave),
  compound_symmetry_by_arm = list(compound, by_arm))
for (name in names(structures)) {
  set <- paste0("pn3_unbalanced/", name)
  part <- structures[[name]]
  fit <- polished(model, d, part[[1]], if (length(part) > 1) part[[2]])
  put_gls(set, fit)
  if (name == "compound_symmetry_by_arm") {
    for (arm in levels(d$arm)) put_covariance(set, fit, d, d$arm == arm, paste0(arm, ":"))
  } else put_covariance(set, fit, d)
}
# A person intercept and a residual variance by arm is not the model above, where the whole
# variance differs by arm with one correlation. Straight from lme, whose optimum is less exact:
# mixed_dense.csv has the same model to full precision under the same name.
straight <- lmeControl(tolerance = 1e-10, msTol = 1e-12, msMaxIter = 500, maxIter = 500)
put_lme <- function(set, fit, name) {
  put(set, "loglik", "model", logLik(fit))
  put(set, "estimate", names(fixef(fit)), fixef(fit))
  put(set, "se", names(fixef(fit)), sqrt(diag(vcov(fit))))
  put(set, "variance", name, as.numeric(VarCorr(fit)[1, "Variance"]))
  ratio <- coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)
  put(set, "variance", paste0("residual:", names(ratio)), (fit$sigma * ratio)^2)
}
put_lme("pn3_unbalanced/person_by_arm", lme(
  model, d, random = ~ 1 | person, weights = varIdent(form = ~ 1 | arm), control = straight),
  "person")

# Partially nested, heteroscedastic. A group effect of the treated with a residual by arm is the
# same as one correlation in the group with a whole variance by arm, since controls are alone in
# their group: this form can be polished, lme's own fit is the check.
d <- read_set("ancova_nested")
d$number <- 0L
set <- "ancova_nested/heteroscedastic"
fit <- polished(y ~ pre + treated, d, in_group, by_arm)
put_gls(set, fit)
ratio <- coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)
rho <- coef(fit$modelStruct$corStruct, unconstrained = FALSE)
whole <- (fit$sigma * ratio)^2
put(set, "variance", "group", rho * whole[["treated"]])
put(set, "variance", "residual:treated", (1 - rho) * whole[["treated"]])
put(set, "variance", "residual:control", whole[["control"]])
check <- lme(y ~ pre + treated, d, random = list(group = pdDiag(~ 0 + treated)),
             weights = varIdent(form = ~ 1 | arm), control = straight)
stopifnot(abs(logLik(check) - logLik(fit)) < 1e-7, max(abs(fixef(check) - coef(fit))) < 1e-3,
          abs(as.numeric(VarCorr(check)["treated", "Variance"]) /
                (rho * whole[["treated"]]) - 1) < 1e-3)

# each arm by itself: means and an unstructured covariance of its own
d <- read_set("pn3_balanced")
d$index <- d$number + 1L
for (arm in levels(d$arm)) {
  one <- droplevels(d[d$arm == arm, ])
  set <- paste0("pn3_balanced/unstructured_", arm)
  fit <- polished(y ~ wave, one, symmetric, by_wave)
  put_gls(set, fit)
  put_covariance(set, fit, one)
}
write_rows("mixed_nlme.csv", "nlme")
