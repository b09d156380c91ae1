#include "documents/verified_source.hpp"

#include <stdexcept>
#include <utility>

namespace nassaq::documents {

VerifiedSource::VerifiedSource(std::unique_ptr<ByteSource> source, std::uint64_t length, std::string sha256)
    : source_(std::move(source)), left_(length), expected_(std::move(sha256)) {}

std::size_t VerifiedSource::read(std::span<char> buffer) {
    const std::size_t count = source_->read(buffer);
    if (count == 0) {
        return 0;
    }
    hash_.update({buffer.data(), count});
    left_ -= count;
    if (left_ == 0 && hash_.finish() != expected_) {
        throw std::runtime_error("the stored file is damaged: its checksum is not " + expected_);
    }
    return count;
}

}  // namespace nassaq::documents
