# Cluster-robust covariance CR2 with Satterthwaite and HTZ tests (clubSandwich). Clusters are the
# independent blocks: the groups and, each alone, the people without a group. Reads
# mixed_data.csv; writes mixed_mortality.csv (data) and mixed_clubsandwich.csv (set, quantity,
# term, value). Run from this folder after mixed_lmer.R: Rscript mixed_clubsandwich.R
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
suppressMessages({library(lme4); library(clubSandwich)})
source("mixed_common.R")
packages <- c("clubSandwich", "lme4")

put_robust <- function(set, fit, cluster, type, terms, together) {
  v <- vcovCR(fit, cluster = cluster, type = type)
  q <- function(name) paste0(name, "_", tolower(type))
  all_terms <- rownames(v)
  t <- coef_test(fit, vcov = v, test = c("Satterthwaite", "naive-t"))
  t <- t[match(terms, all_terms), ]
  put(set, q("se"), terms, t$SE)
  put(set, q("df"), terms, t$df_Satt)
  put(set, q("p"), terms, t$p_Satt)
  put(set, q("df_naive"), terms, t$df_t)
  put(set, q("p_naive"), terms, t$p_t)
  l <- diag(length(all_terms))[match(together, all_terms), ]
  w <- Wald_test(fit, constraints = l, vcov = v, test = "HTZ")
  name <- paste(together, collapse = " & ")
  put(set, q("f"), name, w$Fstat)
  put(set, q("df_num"), name, w$df_num)
  put(set, q("df_den"), name, w$df_denom)
  put(set, q("p_f"), name, w$p_val)
}

models <- list(
  pn2_unbalanced = y ~ wave + treated_post + (1 | person) + (0 + treated_post | group),
  pn3_unbalanced = y ~ wave + t_w1 + t_w2 + (1 | person) + (0 + treated_post | group) +
    (0 + treated_post | group:wave),
  ancova_cluster = y ~ pre + arm + (1 | group),
  ancova_nested = y ~ pre + treated + (0 + treated | group))
hypotheses <- list(pn2_unbalanced = c("wavew1", "treated_post"),
                   pn3_unbalanced = c("t_w1", "t_w2"), ancova_cluster = c("pre", "armtreated"),
                   ancova_nested = c("pre", "treated"))
for (set in names(models)) {
  d <- read_set(set)
  fit <- fit_tight(models[[set]], d)
  put(set, "estimate", names(fixef(fit)), fixef(fit))
  put_robust(set, fit, d$group, "CR2", names(fixef(fit)), hypotheses[[set]])
}

# Effects of state and year as dummies, clusters are the states. The weighted fit keeps
# clubSandwich's default: weights in the estimate, an identity as working covariance.
data(MortalityRates)
columns <- c("state", "year", "pop", "mrate", "legal", "beertaxa")
m <- subset(MortalityRates, cause == "Motor Vehicle" & year <= 1983)[columns]
m <- m[complete.cases(m), ]
for (name in columns) m[[name]] <- as.numeric(digits(m[[name]]))
write_frame(m, "mixed_mortality.csv", "clubSandwich")
form <- mrate ~ 0 + legal + beertaxa + factor(state) + factor(year)
terms <- c("legal", "beertaxa")
fits <- list(mortality = lm(form, m), mortality_weighted = lm(form, m, weights = pop))
for (set in names(fits)) {
  put(set, "estimate", terms, coef(fits[[set]])[terms])
  for (type in c("CR1", "CR2")) put_robust(set, fits[[set]], m$state, type, terms, terms)
}
write_rows("mixed_clubsandwich.csv", packages)
