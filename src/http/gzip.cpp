#define ZLIB_CONST  // Input that is not written to.
#include "http/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

namespace nassaq::http {
namespace {

/// The quickest. The others win a twentieth to a fifth of what is left, in up to three times the time.
constexpr int compression_level = 1;
/// How far back repetitions are looked for, and in how much memory: 64 KiB in all. zlib's own choice takes 256, which
/// takes longer to prepare than a short answer to compress, and wins 3 %.
constexpr int window_bits = 13;
constexpr int memory_level = 6;
/// Added to the bits of a window, it makes zlib write gzip's head and end (zlib's manual, deflateInit2).
constexpr int with_gzip_wrapper = 16;

/// What zlib takes by its own account (zconf.h), and something for the rest of its state.
constexpr std::size_t memory_of_zlib =
    (std::size_t{1} << (window_bits + 2)) + (std::size_t{1} << (memory_level + 9)) + (std::size_t{8} << 10U);

}  // namespace

class Deflater {
public:
    Deflater() {
        if (deflateInit2(&stream_, compression_level, Z_DEFLATED, window_bits + with_gzip_wrapper, memory_level,
                         Z_DEFAULT_STRATEGY) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    ~Deflater() { deflateEnd(&stream_); }

    [[nodiscard]] bool wants_input() const { return stream_.avail_in == 0; }
    [[nodiscard]] bool is_done() const { return is_done_; }
    /// At most so many bytes are made of `length`.
    [[nodiscard]] std::size_t bound(std::size_t length) { return deflateBound(&stream_, length); }

    /// What is to be read next; borrowed until wants_input().
    void give(std::string_view input) {
        if (input.size() > std::numeric_limits<uInt>::max()) throw std::length_error("too long for zlib");
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): zlib's bytes are unsigned.
        stream_.next_in = reinterpret_cast<const Bytef*>(input.data());
        stream_.avail_in = static_cast<uInt>(input.size());
    }
    /// @param is_last  whether what was given is all. @return how many bytes were written; it may be none.
    std::size_t write(std::span<char> output, bool is_last) {
        const auto room = static_cast<uInt>(std::min<std::size_t>(output.size(), std::numeric_limits<uInt>::max()));
        stream_.next_out = reinterpret_cast<Bytef*>(output.data());  // NOLINT(*-reinterpret-cast): as above.
        stream_.avail_out = room;
        is_done_ = deflate(&stream_, is_last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END;
        return room - stream_.avail_out;
    }

private:
    z_stream stream_{};
    bool is_done_ = false;
};

std::string gzip(std::string_view bytes) {
    Deflater deflater;
    std::string result(deflater.bound(bytes.size()), '\0');
    deflater.give(bytes);
    result.resize(deflater.write(result, true));
    if (!deflater.is_done()) throw std::logic_error("zlib has written more than it said");
    result.shrink_to_fit();
    return result;
}

const std::size_t GzipSource::memory = memory_of_zlib + sizeof(GzipSource);

GzipSource::GzipSource(std::unique_ptr<ByteSource> source)
    : source_(std::move(source)), deflater_(std::make_unique<Deflater>()) {}

GzipSource::~GzipSource() = default;

std::size_t GzipSource::read(std::span<char> buffer) {
    std::size_t written = 0;
    while (written == 0 && !buffer.empty() && !deflater_->is_done()) {
        if (deflater_->wants_input() && !is_over_) {
            const std::size_t count = source_->read(piece_);
            is_over_ = count == 0;
            deflater_->give({piece_.data(), count});
        }
        written = deflater_->write(buffer, is_over_);
    }
    return written;
}

}  // namespace nassaq::http
