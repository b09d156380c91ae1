// The program that Extractor starts in these tests, in place of `nassaq extract-child`.
#include "ocr/extractor.hpp"

int main() {
    return nassaq::ocr::run_extract_child();
}
