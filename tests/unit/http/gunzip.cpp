#define ZLIB_CONST
#include "gunzip.hpp"

#include <zlib.h>

#include <array>
#include <stdexcept>

namespace nassaq::http::test {

std::string gunzip(std::string_view bytes) {
    constexpr int largest_window_of_gzip_only = 15 + 16;
    z_stream stream{};
    if (inflateInit2(&stream, largest_window_of_gzip_only) != Z_OK) throw std::runtime_error("inflateInit2");
    stream.next_in = reinterpret_cast<const Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    std::string result;
    std::array<char, 4096> piece{};
    int status = Z_OK;
    while (status == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = static_cast<uInt>(piece.size());
        status = inflate(&stream, Z_NO_FLUSH);
        result.append(piece.data(), piece.size() - stream.avail_out);
    }
    const bool is_whole = status == Z_STREAM_END && stream.avail_in == 0;
    inflateEnd(&stream);
    if (!is_whole) throw std::runtime_error("not a whole gzip");
    return result;
}

}  // namespace nassaq::http::test
