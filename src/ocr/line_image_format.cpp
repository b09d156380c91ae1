#include <cstddef>
#include <cstdint>

struct Pix;

// What stands here comes before the function of the same name in Leptonica's library, for this program and the
// libraries in it (ELF: the dynamic linker looks into the program first). Tesseract keeps the image of each line that
// it reads as a PNG in memory and decodes it at once again: a fifteenth of the time that it takes to read a page.
// Leptonica's own format, which its reader knows by the first bytes, is the pixels as they are. This program writes no
// PNG files.

extern "C" int pixWriteMemSpix(std::uint8_t** data, std::size_t* size, Pix* image);

extern "C" int pixWriteMemPng(std::uint8_t** data, std::size_t* size, Pix* image, float /*gamma*/) {
    return pixWriteMemSpix(data, size, image);
}
