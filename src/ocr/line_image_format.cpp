#include <cstddef>
#include <cstdint>

struct Pix;

// What stands here comes before the function of the same name in Leptonica's library, for this program and the
// libraries in it (ELF; the dynamic linker looks into the program first). Tesseract keeps the image of each line that
// it reads as a PNG in memory and decodes it at once again: a fifteenth of the time that it takes to read a page. PNM,
// which Leptonica reads in its place because it looks at the first bytes, costs nothing. This program writes no PNG
// files.

extern "C" int pixWriteMemPnm(std::uint8_t** data, std::size_t* size, Pix* image);

extern "C" int pixWriteMemPng(std::uint8_t** data, std::size_t* size, Pix* image, float /*gamma*/) {
    return pixWriteMemPnm(data, size, image);
}
