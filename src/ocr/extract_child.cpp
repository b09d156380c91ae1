#include "ocr/extract_child.hpp"

#include <exception>
#include <iostream>
#include <new>
#include <string>

#include "ocr/fault.hpp"
#include "ocr/pipeline.hpp"
#include "ocr/protocol.hpp"

namespace nassaq::ocr {

namespace {

Result extract_within_memory(const Order& order) {
    try {
        return extract_document(order,
                                [](const Progress& progress) { std::cout << write_progress(progress) << std::flush; });
    } catch (const std::bad_alloc&) {
        // The limit on the address space, which the next try would reach again.
        return document_fault(Reason::memory_exceeded);
    }
}

}  // namespace

int run_extract_child() {
    std::string text;
    std::getline(std::cin, text);
    const auto order = read_order(text);
    if (!order) {
        std::cerr << "nassaq-extract: standard input holds no order: " << order.error() << '\n';
        return 2;
    }
    try {
        std::cout << write_result(extract_within_memory(*order)) << std::flush;
    } catch (const std::exception& error) {
        std::cerr << "nassaq-extract: " << error.what() << '\n';
        return 1;
    }
    return std::cout ? 0 : 1;
}

}  // namespace nassaq::ocr
