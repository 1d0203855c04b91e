# Marginal means and contrasts with Kenward-Roger (emmeans, pbkrtest, lme4). Reads mixed_data.csv;
# writes mixed_emmeans.csv (set, quantity, term, value).
# Run from this folder after mixed_lmer.R: Rscript mixed_emmeans.R
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
suppressMessages({library(lme4); library(emmeans)})
source("mixed_common.R")
packages <- c("emmeans", "pbkrtest", "lme4")

set <- "pn3_unbalanced"
d <- read_set(set)
fit <- fit_tight(y ~ arm * wave + x + (1 | person) + (0 + treated_post | group) +
                   (0 + treated_post | group:wave), d)
v <- as.data.frame(VarCorr(fit))
stopifnot(v$vcov > 0.1)
put(set, "loglik", "model", logLik(fit))
put(set, "variance", sub("Residual", "residual", v$grp), v$vcov)
put(set, "estimate", names(fixef(fit)), fixef(fit))
put(set, "se_kr", names(fixef(fit)), sqrt(diag(as.matrix(pbkrtest::vcovAdj(fit)))))
put(set, "mean_of_x", "model", mean(d$x))

# x stays at its mean over the rows; no adjustment for several comparisons
emm_options(lmer.df = "kenward-roger")
put_table <- function(kind, grid, label) {
  s <- as.data.frame(summary(grid, infer = c(TRUE, TRUE), level = 0.95, adjust = "none"))
  term <- label(s)
  put(set, paste0(kind, "_estimate"), term, s[[intersect(c("emmean", "estimate"), names(s))]])
  put(set, paste0(kind, "_se"), term, s$SE)
  put(set, paste0(kind, "_df"), term, s$df)
  put(set, paste0(kind, "_low"), term, s$lower.CL)
  put(set, paste0(kind, "_high"), term, s$upper.CL)
  put(set, paste0(kind, "_p"), term, s$p.value)
}
cells <- emmeans(fit, ~ arm * wave)
put_table("mean", cells, function(s) paste(s$arm, s$wave, sep = ":"))
put_table("mean", suppressMessages(emmeans(fit, ~ arm)), function(s) s$arm)
put_table("mean", suppressMessages(emmeans(fit, ~ wave)), function(s) s$wave)
put_table("difference", contrast(emmeans(fit, ~ arm | wave), "revpairwise"),
          function(s) paste(s$contrast, s$wave, sep = ":"))
put_table("change", contrast(emmeans(fit, ~ wave | arm), "trt.vs.ctrl", ref = 1),
          function(s) paste(s$contrast, s$arm, sep = ":"))
put_table("difference_in_change",
          contrast(cells, interaction = c(arm = "revpairwise", wave = "trt.vs.ctrl")),
          function(s) s$wave_trt.vs.ctrl)
write_rows("mixed_emmeans.csv", packages)
