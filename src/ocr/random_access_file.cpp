#include "ocr/random_access_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace nassaq::ocr {

RandomAccessFile::RandomAccessFile(const std::filesystem::path& file)
    : fd_(file::open_for_reading(file)), size_(file::size(fd_.get(), file)) {}

std::optional<std::string> RandomAccessFile::bytes(std::uint64_t offset, std::size_t length) const {
    if (offset > size_ || length > size_ - offset) return std::nullopt;
    std::string result(length, '\0');
    for (std::size_t done = 0; done < length;) {
        const ssize_t count = pread(fd_.get(), result.data() + done, length - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return std::nullopt;
        done += static_cast<std::size_t>(count);
    }
    return result;
}

std::string RandomAccessFile::head(std::size_t length) const {
    return bytes(0, static_cast<std::size_t>(std::min<std::uint64_t>(length, size_))).value_or(std::string());
}

}  // namespace nassaq::ocr
