#pragma once

#include <leptonica/allheaders.h>

#include <memory>

/// Owners for what Leptonica gives out; that of images is in page_image.hpp.
namespace nassaq::ocr {

struct BoxDeleter {
    void operator()(::Box* box) const { boxDestroy(&box); }
};
struct NumaDeleter {
    void operator()(Numa* numbers) const { numaDestroy(&numbers); }
};
using BoxPtr = std::unique_ptr<::Box, BoxDeleter>;
using NumaPtr = std::unique_ptr<Numa, NumaDeleter>;

}  // namespace nassaq::ocr
