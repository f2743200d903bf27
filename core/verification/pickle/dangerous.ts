/** Modules of which any name can run code, reach the system or the network, or read and write files. Named, to say so; all unlisted names are refused anyway. */
const MODULES: ReadonlySet<string> = new Set(
  `os posix nt posixpath ntpath subprocess sys pty commands popen2 shutil socket ssl select selectors asyncio
  multiprocessing threading _thread concurrent signal ctypes _ctypes cffi importlib imp pkgutil runpy zipimport
  zipapp code codeop pdb bdb cProfile profile trace timeit doctest idlelib lib2to3 pydoc ensurepip venv pip setuptools
  distutils site webbrowser antigravity http httplib urllib urllib2 urllib3 requests aiohttp httpx ftplib smtplib
  telnetlib xmlrpc socketserver SocketServer imaplib nntplib poplib pickle _pickle cPickle pickletools marshal shelve
  dill cloudpickle tempfile glob fileinput io _io mmap sqlite3 dbm logging gc inspect types operator _operator functools
  _functools itertools tkinter turtle readline rlcompleter platform getpass resource winreg msvcrt nturl2path
  torch.hub torch.package torch.jit torch.utils.cpp_extension torch.serialization torch.fx torch.distributed
  numpy.testing numpy.f2py numpy.distutils numpy.ctypeslib sklearn.datasets joblib.numpy_pickle_compat jax tensorflow
  builtins.eval`.split(/\s+/),
);

const BUILTINS: ReadonlySet<string> = new Set(
  `eval exec compile execfile __import__ getattr setattr delattr open input raw_input breakpoint globals locals vars
  type memoryview super property classmethod staticmethod map filter apply reduce help exit quit`.split(/\s+/),
);

const NAMES: ReadonlySet<string> = new Set(
  `numpy.load numpy.loads numpy.fromfile numpy.memmap numpy.save numpy.savetxt torch.load torch.save torch.compile
  joblib.load joblib.dump joblib.numpy_pickle.load pandas.read_pickle pandas.io.pickle.read_pickle
  pandas.core.computation.eval.eval sklearn.externals.joblib.load keras.models.load_model
  keras.layers.core.lambda_layer.Lambda transformers.AutoModel.from_pretrained`.split(/\s+/),
);

/** Whether a name is known to hand the process to whoever wrote the file. */
export function isDangerous(module: string, name: string): boolean {
  if (module === 'builtins' || module === '__builtin__') return BUILTINS.has(name.split('.')[0] ?? '');
  if (NAMES.has(`${module}.${name}`)) return true;
  const parts = module.split('.');
  return parts.some((_, index) => MODULES.has(parts.slice(0, index + 1).join('.')));
}
