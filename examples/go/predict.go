// Predicts with a model that Keras saved, through the C interface (keraunos.h).
//
//	go run . FOLDER      (finds the library by pkg-config)
package main

/*
#cgo pkg-config: keraunos
#include <keraunos.h>
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"log"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"unsafe"
)

// Model may be used by any number of goroutines.
type Model struct{ handle *C.keraunos_model }

func failure(err *C.keraunos_error) error {
	defer C.keraunos_error_free(err)
	return errors.New(C.GoString(C.keraunos_error_message(err)))
}

// Load reads a model file. Close frees the model.
func Load(path string) (*Model, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var handle *C.keraunos_model
	var err *C.keraunos_error
	if C.keraunos_load(name, nil, &handle, &err) != C.KERAUNOS_OK {
		return nil, failure(err)
	}
	return &Model{handle}, nil
}

func (m *Model) Close() {
	C.keraunos_model_free(m.handle)
	m.handle = nil
}

// Predict runs models with one float32 input and one float32 output; it returns the elements and their dims.
func (m *Model) Predict(data []float32, dims ...int) ([]float32, []int, error) {
	// The view points to the elements, so both must be in C memory by the rules of cgo.
	memory := C.malloc(C.size_t(len(data)*4 + 1))
	defer C.free(memory)
	copy(unsafe.Slice((*float32)(memory), len(data)), data)
	x := (*C.keraunos_view)(C.calloc(1, C.sizeof_keraunos_view))
	defer C.free(unsafe.Pointer(x))
	x.data, x.dtype, x.rank = memory, C.KERAUNOS_FLOAT32, C.int32_t(len(dims))
	elements := 1
	for axis, size := range dims {
		x.dims[axis] = C.int64_t(size)
		elements *= size
	}
	if elements != len(data) {
		return nil, nil, fmt.Errorf("%d elements for dims %v", len(data), dims)
	}
	var results *C.keraunos_results
	var err *C.keraunos_error
	status := C.keraunos_predict(m.handle, x, 1, nil, &results, &err)
	runtime.KeepAlive(m)
	if status != C.KERAUNOS_OK {
		return nil, nil, failure(err)
	}
	defer C.keraunos_results_free(results)
	return first(results)
}

func first(results *C.keraunos_results) ([]float32, []int, error) {
	var y C.keraunos_view
	var err *C.keraunos_error
	if C.keraunos_results_at(results, 0, &y, &err) != C.KERAUNOS_OK {
		return nil, nil, failure(err)
	}
	if y.dtype != C.KERAUNOS_FLOAT32 {
		return nil, nil, fmt.Errorf("the output has dtype %d, expected float32", y.dtype)
	}
	dims, elements := make([]int, y.rank), 1
	for axis := range dims {
		dims[axis] = int(y.dims[axis])
		elements *= dims[axis]
	}
	return append([]float32(nil), unsafe.Slice((*float32)(y.data), elements)...), dims, nil
}

func numbers(path string) []float32 {
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	var all []float32
	for _, word := range strings.Fields(string(text)) {
		number, err := strconv.ParseFloat(word, 32)
		if err != nil {
			log.Fatal(err)
		}
		all = append(all, float32(number))
	}
	return all
}

func main() {
	folder := "../doc_example"
	if len(os.Args) > 1 {
		folder = os.Args[1]
	}
	if C.keraunos_abi_version() != C.KERAUNOS_ABI_VERSION {
		log.Fatal("the library has another C interface than keraunos.h")
	}
	rows, recorded := numbers(folder+"/rows.txt"), numbers(folder+"/keras3.txt")
	model, err := Load(folder + "/keras3.keras")
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	predicted, dims, err := model.Predict(rows, len(rows)/3, 3)
	if err != nil {
		log.Fatal(err)
	}
	largest := 0.0
	for i, y := range predicted {
		largest = math.Max(largest, math.Abs(float64(y-recorded[i])))
	}
	fmt.Printf("%v probabilities, largest difference to Keras %.1e\n", dims, largest)
	if len(predicted) != len(recorded) || largest > 1e-6 {
		log.Fatal("that is not what Keras computed")
	}
	if _, err := Load("no/such/file.keras"); err == nil || !strings.Contains(err.Error(), "no/such/file.keras") {
		log.Fatal("a file that is not there was loaded")
	}
}
