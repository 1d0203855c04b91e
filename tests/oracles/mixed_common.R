# Shared by the mixed_*.R scripts, not run by itself: rows in long form and their CSV, the data
# read back from mixed_data.csv with the columns the formulas need, lmer at a sharp optimum.
rows <- list()
put <- function(set, quantity, term, value) {
  stopifnot(all(is.finite(value)))
  rows[[length(rows) + 1]] <<- data.frame(set = set, quantity = quantity, term = term,
                                          value = unname(as.numeric(value)))
}
digits <- function(v) trimws(vapply(v, format, "", digits = 15))
header <- function(packages) {
  versions <- vapply(packages, function(p) as.character(packageVersion(p)), "")
  paste0("# ", paste(c(R.version.string, paste(packages, versions)), collapse = ", "))
}
write_frame <- function(frame, file, packages) {
  writeLines(header(packages), file)
  suppressWarnings(write.table(frame, file, append = TRUE, sep = ",", row.names = FALSE,
                               quote = FALSE, na = ""))
}
write_rows <- function(file, packages) {
  out <- do.call(rbind, rows)
  stopifnot(!anyDuplicated(out[c("set", "quantity", "term")]), !grepl(",", out$term))
  out$value <- digits(out$value)
  write_frame(out, file, packages)
}
# Controls without a group get a level of their own: their effect is multiplied by zero, and
# the people stay nested in the levels, which clubSandwich asks for.
ready <- function(d) {
  d$arm <- factor(d$arm, c("control", "treated"))
  d$group <- factor(ifelse(is.na(d$group), as.character(d$person), as.character(d$group)))
  d$person <- factor(d$person)
  d$item <- factor(d$item)
  d$treated <- as.numeric(d$arm == "treated")
  if (!all(is.na(d$wave))) {
    d$number <- as.integer(sub("w", "", d$wave))
    for (w in 1:3) d[[paste0("t_w", w)]] <- d$treated * (d$number == w)
    d$wave <- factor(d$wave)
  }
  d
}
read_set <- function(set) {
  d <- read.csv("mixed_data.csv", comment.char = "#", na.strings = "")
  d <- d[d$set == set, ]
  row.names(d) <- NULL
  ready(d)
}
# An optimiser that looks at function values alone stops near the square root of the machine
# precision, so Newton steps on the free parameters finish the job.
fit_tight <- function(formula, data, reml = TRUE) {
  quiet <- list(check.conv.singular = "ignore", check.conv.grad = "ignore",
                check.conv.hess = "ignore", calc.derivs = FALSE)
  first <- lme4::lmer(formula, data, REML = reml, control = do.call(lmerControl, c(quiet, list(
    optimizer = "bobyqa", optCtrl = list(rhobeg = 0.2, rhoend = 1e-10, maxfun = 1e5)))))
  f <- lme4::lmer(formula, data, REML = reml, devFunOnly = TRUE)
  theta <- getME(first, "theta")
  lower <- getME(first, "lower")
  at_zero <- lower == 0 & theta < 1e-4
  theta[at_zero] <- 0
  free <- which(!at_zero)
  g <- function(par) { t <- theta; t[free] <- par; f(t) }
  if (length(free)) {
    for (step in 1:4) {
      move <- solve(numDeriv::hessian(g, theta[free]), numDeriv::grad(g, theta[free]))
      theta[free] <- theta[free] - move
    }
    stopifnot(max(abs(move)) < 1e-8)
  }
  # zero is the optimum only if the criterion rises from there
  for (i in which(at_zero)) { t <- theta; t[i] <- 0.01; stopifnot(f(t) > f(theta)) }
  fit <- lmerTest::lmer(formula, data, REML = reml, start = list(theta = unname(theta)),
                        control = do.call(lmerControl, c(quiet, list(optimizer = NULL))))
  stopifnot(max(abs(getME(fit, "theta") - theta)) == 0,
            abs(deviance_of(fit) - deviance_of(first)) < 1e-7)
  fit
}
deviance_of <- function(fit) as.numeric(-2 * logLik(fit))
