#include "ocr/extract_child.hpp"

#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <new>
#include <string>

#include "ocr/fault.hpp"
#include "ocr/pipeline.hpp"
#include "ocr/protocol.hpp"

namespace nassaq::ocr {

namespace {

/// Among all processes of the server the kernel shall end this one first when memory runs out (proc(5)).
void volunteer_for_the_out_of_memory_killer() {
    std::ofstream("/proc/self/oom_score_adj") << 500;
}

Result extract_within_memory(const Order& order) {
    try {
        return extract_document(order,
                                [](const Progress& progress) { std::cout << write_progress(progress) << std::flush; });
    } catch (const std::bad_alloc&) {
        // The limit on the address space, which the next try would reach again.
        return document_fault(needs_too_much_memory);
    }
}

}  // namespace

int run_extract_child() {
    volunteer_for_the_out_of_memory_killer();
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
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
