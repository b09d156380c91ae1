#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string_view>
#include <utility>
#include <vector>

/// What the fuzz targets share. Each target is one function that libFuzzer calls with every input it makes up
/// (llvm.org/docs/LibFuzzer.html), and that ends the program when a promise of the parser is broken.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace nassaq::fuzz {

std::string_view as_text(const std::uint8_t* data, std::size_t size);

/// Ends the program with `promise` on standard error when it is broken; libFuzzer then saves the input.
void require(bool kept, std::string_view promise, std::source_location where = std::source_location::current());

/// The first line of an input, without its end, and what follows it. Targets of several arguments read them so, which
/// keeps the saved inputs readable.
std::pair<std::string_view, std::string_view> split_line(std::string_view input);

/// Cuts a text into pieces of 1 to some ten bytes, now and then more. The places depend on the text alone, so that what
/// was found is found again.
std::vector<std::string_view> cut(std::string_view text);
std::vector<std::string_view> cut_into_bytes(std::string_view text);

}  // namespace nassaq::fuzz
