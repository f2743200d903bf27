import type { Names } from '../globals.ts';

/** Of SciPy, without the distributions of `scipy.stats`: their `__setstate__` executes text from the state. */
export const SCIPY: Names = {
  'scipy._lib.array_api_compat.numpy._aliases': 'asarray~',
  'scipy.interpolate._bsplines': 'BSpline',
  'scipy.interpolate._fitpack2': 'LSQUnivariateSpline',
  'scipy.optimize._optimize': 'OptimizeResult',
  'scipy.sparse._arrays': 'bsr_array coo_array csc_array csr_array dia_array dok_array lil_array',
  'scipy.sparse._bsr': 'bsr_array bsr_matrix',
  'scipy.sparse._coo': 'coo_array coo_matrix',
  'scipy.sparse._csc': 'csc_array csc_matrix',
  'scipy.sparse._csr': 'csr_array csr_matrix',
  'scipy.sparse._dia': 'dia_array dia_matrix',
  'scipy.sparse._dok': 'dok_array dok_matrix',
  'scipy.sparse._lil': 'lil_array lil_matrix',
  'scipy.special._special_ufuncs': 'expit~ log_expit~ logit~',
  'scipy.special._ufuncs': 'boxcox1p~ expit~ inv_boxcox1p~ log_expit~ logit~',
  'scipy.sparse.bsr': 'bsr_matrix',
  'scipy.sparse.coo': 'coo_matrix',
  'scipy.sparse.csc': 'csc_matrix',
  'scipy.sparse.csr': 'csr_matrix',
  'scipy.sparse.dia': 'dia_matrix',
  'scipy.sparse.dok': 'dok_matrix',
  'scipy.sparse.lil': 'lil_matrix',
};
