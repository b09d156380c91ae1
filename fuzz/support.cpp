#include "support.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace nassaq::fuzz {

std::string_view as_text(const std::uint8_t* data, std::size_t size) {
    return size == 0 ? std::string_view() : std::string_view(reinterpret_cast<const char*>(data), size);
}

void require(bool kept, std::string_view promise, std::source_location where) {
    if (kept) return;
    std::cerr << where.file_name() << ':' << where.line() << ": broken promise: " << promise << '\n' << std::flush;
    std::abort();
}

std::pair<std::string_view, std::string_view> split_line(std::string_view input) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    std::string_view line = input.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return {line, input.substr(std::min(end + 1, input.size()))};
}

std::vector<std::string_view> cut(std::string_view text) {
    std::uint32_t seed = 2'166'136'261;  // FNV-1a (RFC draft-eastlake-fnv).
    for (const char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 16'777'619U;
    std::minstd_rand random(seed);
    std::vector<std::string_view> pieces;
    while (!text.empty()) {
        const std::size_t most = random() % 4 == 0 ? 100 : 12;
        const std::size_t length = std::min<std::size_t>(1 + random() % most, text.size());
        pieces.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return pieces;
}

std::vector<std::string_view> cut_into_bytes(std::string_view text) {
    std::vector<std::string_view> pieces;
    pieces.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) pieces.push_back(text.substr(i, 1));
    return pieces;
}

}  // namespace nassaq::fuzz
