// Predicts with a model that Keras saved, through the C interface (keraunos.h), without bindgen.
//   rustc predict.rs $(printf -- '-C link-arg=%s ' $(pkg-config --libs keraunos))      (a static library: --libs --static)
use std::ffi::{c_char, c_void, CStr, CString};
use std::{fmt, fs, ptr};

const FLOAT32: i32 = 0;
const MAX_RANK: usize = 8;

#[repr(C)]
struct View {
    name: *const c_char,
    data: *const c_void,
    dtype: i32,
    device: i32,
    device_index: i32,
    rank: i32,
    dims: [i64; MAX_RANK],
}

extern "C" {
    fn keraunos_abi_version() -> i32;
    fn keraunos_error_message(error: *const c_void) -> *const c_char;
    fn keraunos_error_free(error: *mut c_void);
    fn keraunos_load(path: *const c_char, options: *const c_void, model: *mut *mut c_void, error: *mut *mut c_void) -> i32;
    fn keraunos_model_free(model: *mut c_void);
    fn keraunos_predict(model: *const c_void, inputs: *const View, input_count: usize, options: *const c_void,
                        results: *mut *mut c_void, error: *mut *mut c_void) -> i32;
    fn keraunos_results_at(results: *const c_void, index: usize, view: *mut View, error: *mut *mut c_void) -> i32;
    fn keraunos_results_free(results: *mut c_void);
}

struct Error(String);

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes a call and converts its error.
fn checked(call: impl FnOnce(*mut *mut c_void) -> i32) -> Result<(), Error> {
    let mut error = ptr::null_mut();
    if call(&mut error) == 0 {
        return Ok(());
    }
    let message = unsafe { CStr::from_ptr(keraunos_error_message(error)) }.to_string_lossy().into_owned();
    unsafe { keraunos_error_free(error) };
    Err(Error(message))
}

struct Model(*mut c_void);

// Any number of threads may use a model at the same time.
unsafe impl Send for Model {}
unsafe impl Sync for Model {}

impl Drop for Model {
    fn drop(&mut self) {
        unsafe { keraunos_model_free(self.0) }
    }
}

impl Model {
    fn load(path: &str) -> Result<Model, Error> {
        let path = CString::new(path).map_err(|_| Error("the path holds a zero".into()))?;
        let mut model = ptr::null_mut();
        checked(|error| unsafe { keraunos_load(path.as_ptr(), ptr::null(), &mut model, error) })?;
        Ok(Model(model))
    }

    /// Returns elements and dims of the result, for a model with one float32 input and one float32 output.
    fn predict(&self, data: &[f32], dims: &[usize]) -> Result<(Vec<f32>, Vec<usize>), Error> {
        assert_eq!(data.len(), dims.iter().product());
        let mut x = View { data: data.as_ptr().cast(), rank: dims.len() as i32, ..View::none() };
        for (to, from) in x.dims.iter_mut().zip(dims) {
            *to = *from as i64;
        }
        let mut results = ptr::null_mut();
        checked(|error| unsafe { keraunos_predict(self.0, &x, 1, ptr::null(), &mut results, error) })?;
        let mut y = View::none();
        let found = checked(|error| unsafe { keraunos_results_at(results, 0, &mut y, error) });
        let copied = found.and_then(|_| y.copy());
        unsafe { keraunos_results_free(results) };
        copied
    }
}

impl View {
    fn none() -> View {
        View { name: ptr::null(), data: ptr::null(), dtype: FLOAT32, device: 0, device_index: 0, rank: 0, dims: [0; MAX_RANK] }
    }

    fn copy(&self) -> Result<(Vec<f32>, Vec<usize>), Error> {
        if self.dtype != FLOAT32 {
            return Err(Error(format!("the output has dtype {}, expected float32", self.dtype)));
        }
        let dims: Vec<usize> = self.dims[..self.rank as usize].iter().map(|&d| d as usize).collect();
        let elements = unsafe { std::slice::from_raw_parts(self.data as *const f32, dims.iter().product()) };
        Ok((elements.to_vec(), dims))
    }
}

fn numbers(path: String) -> Vec<f32> {
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    text.split_whitespace().map(|word| word.parse().expect("a number")).collect()
}

fn main() -> Result<(), Error> {
    assert_eq!(unsafe { keraunos_abi_version() }, 1, "the library has another C interface");
    let folder = std::env::args().nth(1).unwrap_or("examples/doc_example".into());
    let rows = numbers(format!("{folder}/rows.txt"));
    let recorded = numbers(format!("{folder}/keras3.txt"));
    let model = Model::load(&format!("{folder}/keras3.keras"))?;
    let (predicted, dims) = model.predict(&rows, &[rows.len() / 3, 3])?;
    assert_eq!(predicted.len(), recorded.len());
    let largest = predicted.iter().zip(&recorded).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    println!("{dims:?} probabilities, largest difference to Keras {largest:.1e}");
    assert!(largest < 1e-6);
    let refused = Model::load("no/such/file.keras").err().expect("there is no such file");
    assert!(refused.0.contains("no/such/file.keras"));
    Ok(())
}
