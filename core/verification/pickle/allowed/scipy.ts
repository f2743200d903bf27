import type { Names } from '../globals.ts';

/** Of SciPy. The distributions of `scipy.stats` execute text of their state, which `checks.ts` compares with SciPy's own. */
export const SCIPY: Names = {
  'scipy._external.array_api_compat.numpy._aliases': 'asarray~',
  'scipy._lib.array_api_compat.numpy._aliases': 'asarray~',
  'scipy.interpolate._bsplines': 'BSpline _BSpline',
  'scipy.interpolate._cubic': 'Akima1DInterpolator CubicHermiteSpline CubicSpline PchipInterpolator',
  'scipy.interpolate._fitpack2': 'LSQUnivariateSpline',
  'scipy.interpolate._interpolate': `BPoly PPoly _BPoly _PPoly interp1d interp1d._call_linear~ interp1d._call_linear_np~ interp1d._call_nan_spline~
    interp1d._call_nearest~ interp1d._call_previousnext~ interp1d._call_spline~`,
  'scipy.interpolate._rgi': 'RegularGridInterpolator',
  'scipy.optimize._lbfgsb_py': 'LbfgsInvHessProduct',
  'scipy.optimize._optimize': 'OptimizeResult',
  'scipy.sparse._arrays': 'bsr_array coo_array csc_array csr_array dia_array dok_array lil_array',
  'scipy.sparse._bsr': 'bsr_array bsr_matrix',
  'scipy.sparse._coo': 'coo_array coo_matrix',
  'scipy.sparse._csc': 'csc_array csc_matrix',
  'scipy.sparse._csr': 'csr_array csr_matrix',
  'scipy.sparse._dia': 'dia_array dia_matrix',
  'scipy.sparse._dok': 'dok_array dok_matrix',
  'scipy.sparse._lil': 'lil_array lil_matrix',
  'scipy.stats._continuous_distns': `alpha_gen anglit_gen arcsine_gen argus_gen beta_gen betaprime_gen bradford_gen burr12_gen burr_gen cauchy_gen
    chi2_gen chi_gen cosine_gen crystalball_gen dgamma_gen dpareto_lognorm_gen dweibull_gen erlang_gen expon_gen
    exponnorm_gen exponpow_gen exponweib_gen f_gen fatiguelife_gen fisk_gen foldcauchy_gen foldnorm_gen gamma_gen
    gausshyper_gen genexpon_gen genextreme_gen gengamma_gen genhalflogistic_gen genhyperbolic_gen geninvgauss_gen
    genlogistic_gen gennorm_gen genpareto_gen gibrat_gen gompertz_gen gumbel_l_gen gumbel_r_gen halfcauchy_gen
    halfgennorm_gen halflogistic_gen halfnorm_gen hypsecant_gen invgamma_gen invgauss_gen invweibull_gen
    irwinhall_gen jf_skew_t_gen johnsonsb_gen johnsonsu_gen kappa3_gen kappa4_gen ksone_gen kstwo_gen
    kstwobign_gen landau_gen laplace_asymmetric_gen laplace_gen levy_gen levy_l_gen loggamma_gen logistic_gen
    loglaplace_gen lognorm_gen lomax_gen maxwell_gen mielke_gen moyal_gen nakagami_gen ncf_gen nct_gen ncx2_gen
    norm_gen norminvgauss_gen pareto_gen pearson3_gen powerlaw_gen powerlognorm_gen powernorm_gen rayleigh_gen
    rdist_gen recipinvgauss_gen reciprocal_gen rel_breitwigner_gen rv_histogram rice_gen semicircular_gen skewcauchy_gen
    skewnorm_gen studentized_range_gen t_gen trapezoid_gen triang_gen truncexpon_gen truncnorm_gen truncpareto_gen
    truncweibull_min_gen tukeylambda_gen uniform_gen vonmises_gen wald_gen weibull_max_gen weibull_min_gen
    wrapcauchy_gen`,
  'scipy.stats._discrete_distns': `bernoulli_gen betabinom_gen betanbinom_gen binom_gen boltzmann_gen dlaplace_gen geom_gen hypergeom_gen
    logser_gen nbinom_gen nchypergeom_fisher_gen nchypergeom_wallenius_gen nhypergeom_gen planck_gen
    poisson_binom_gen poisson_gen randint_gen skellam_gen yulesimon_gen zipf_gen zipfian_gen`,
  'scipy.stats._covariance': 'CovViaPSD',
  'scipy.stats._distn_infrastructure': 'rv_continuous_frozen rv_discrete_frozen',
  'scipy.stats._kde': 'gaussian_kde',
  'scipy.stats._multivariate': '_PSD multivariate_normal_frozen multivariate_normal_gen',
  'scipy.special._logsumexp': 'log_softmax~ logsumexp~ softmax~',
  'scipy.special._special_ufuncs': 'expit~ log1p~ log_expit~ logit~ xlogy~',
  'scipy.special._ufuncs': 'boxcox1p~ boxcox~ expit~ expm1~ inv_boxcox1p~ inv_boxcox~ log_expit~ logit~',
  'scipy.sparse.bsr': 'bsr_matrix',
  'scipy.sparse.coo': 'coo_matrix',
  'scipy.sparse.csc': 'csc_matrix',
  'scipy.sparse.csr': 'csr_matrix',
  'scipy.sparse.dia': 'dia_matrix',
  'scipy.sparse.dok': 'dok_matrix',
  'scipy.sparse.lil': 'lil_matrix',
};
