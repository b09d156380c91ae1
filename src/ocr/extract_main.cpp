#include "ocr/extract_child.hpp"

int main() {
    return nassaq::ocr::run_extract_child();
}
