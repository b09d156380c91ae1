#include "http_client/message.hpp"

#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "base/last_error.hpp"

namespace nassaq::http_client {
namespace {

std::uint64_t size_of_part(std::string_view text) {
    return text.size();
}

std::uint64_t size_of_part(const FileRange& range) {
    return range.length;
}

std::size_t read_part(std::string_view text, std::uint64_t offset, std::span<char> buffer) {
    return text.copy(buffer.data(), buffer.size(), static_cast<std::size_t>(offset));
}

std::size_t read_part(const FileRange& range, std::uint64_t offset, std::span<char> buffer) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), range.length - offset));
    for (;;) {
        const ssize_t count = ::pread(range.fd, buffer.data(), wanted, static_cast<off_t>(range.offset + offset));
        if (count == 0 && wanted > 0) {
            throw std::runtime_error("the file that is being sent has become shorter");
        }
        if (count >= 0) {
            return static_cast<std::size_t>(count);
        }
        if (errno != EINTR) {
            throw_last_error("read", "the file that is being sent");
        }
    }
}

/// Reads from whichever of the parts, one behind the other, the offset lies in.
template <class... Parts>
std::size_t read_parts(std::uint64_t offset, std::span<char> buffer, const Parts&... parts) {
    std::size_t count = 0;
    const auto reads = [&](const auto& part) {
        if (offset >= size_of_part(part)) {
            offset -= size_of_part(part);
            return false;
        }
        count = read_part(part, offset, buffer);
        return true;
    };
    static_cast<void>((reads(parts) || ...));
    return count;
}

}  // namespace

std::optional<std::string_view> find(const Headers& headers, std::string_view name) {
    for (const auto& [key, value] : headers) {
        if (key.size() == name.size() && ::strncasecmp(key.data(), name.data(), name.size()) == 0) {
            return value;
        }
    }
    return std::nullopt;
}

std::uint64_t size_of(const Body& body) {
    if (const auto* framed = std::get_if<FramedFile>(&body)) {
        return framed->before.size() + framed->file.length + framed->after.size();
    }
    const auto* range = std::get_if<FileRange>(&body);
    return range != nullptr ? range->length : std::get<std::string>(body).size();
}

std::size_t read_from(const Body& body, std::uint64_t offset, std::span<char> buffer) {
    if (const auto* framed = std::get_if<FramedFile>(&body)) {
        return read_parts(offset, buffer, std::string_view(framed->before), framed->file,
                          std::string_view(framed->after));
    }
    if (const auto* range = std::get_if<FileRange>(&body)) {
        return read_parts(offset, buffer, *range);
    }
    return read_parts(offset, buffer, std::string_view(std::get<std::string>(body)));
}

}  // namespace nassaq::http_client
