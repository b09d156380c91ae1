#include "ocr/zip_archive.hpp"

#include <zip.h>

#include <algorithm>
#include <array>
#include <utility>

#include "ocr/fault.hpp"

namespace nassaq::ocr {

namespace {

/// More parts than any writer makes; each costs memory before anything is read.
constexpr zip_int64_t most_members = 20'000;
/// Small parts may consist of spaces without being an attack.
constexpr std::int64_t ratio_matters_from = std::int64_t{1} << 20;
constexpr std::int64_t all_to_one = 4;

}  // namespace

void ZipCloser::operator()(zip* archive) const {
    zip_discard(archive);
}

void ZipCloser::operator()(zip_file* member) const {
    // Only ever read from: there is nothing to lose.
    static_cast<void>(zip_fclose(member));
}

ZipMember::ZipMember(std::unique_ptr<zip_file, ZipCloser> member, std::int64_t compressed, const Limits& limits,
                     InflatedBytes all)
    : member_(std::move(member)), compressed_(compressed), limits_(limits), all_(std::move(all)) {}

std::expected<std::size_t, Fault> ZipMember::read(std::span<char> buffer) {
    const zip_int64_t count = zip_fread(member_.get(), buffer.data(), buffer.size());
    if (count < 0) return document_fault(Reason::file_damaged);
    inflated_ += count;
    *all_ += count;
    if (is_too_much()) return document_fault(Reason::too_large_unpacked);
    return static_cast<std::size_t>(count);
}

bool ZipMember::is_too_much() const {
    const bool is_suspicious =
        inflated_ > ratio_matters_from && inflated_ / limits_.inflation_ratio > std::max<std::int64_t>(compressed_, 1);
    return inflated_ > limits_.inflated_bytes || *all_ > all_to_one * limits_.inflated_bytes || is_suspicious;
}

ZipArchive::ZipArchive(std::unique_ptr<zip, ZipCloser> archive, const Limits& limits)
    : archive_(std::move(archive)), limits_(limits) {}

std::expected<ZipArchive, Fault> ZipArchive::open(const std::filesystem::path& file, const Limits& limits) {
    std::unique_ptr<zip, ZipCloser> archive(zip_open(file.c_str(), ZIP_RDONLY, nullptr));
    if (!archive) return document_fault(Reason::file_damaged);
    if (zip_get_num_entries(archive.get(), 0) > most_members) return document_fault(Reason::too_many_parts);
    return ZipArchive(std::move(archive), limits);
}

bool ZipArchive::contains(const std::string& name) const {
    return zip_name_locate(archive_.get(), name.c_str(), ZIP_FL_NOCASE) >= 0;
}

std::expected<ZipMember, Fault> ZipArchive::member(const std::string& name) {
    const zip_int64_t found = zip_name_locate(archive_.get(), name.c_str(), ZIP_FL_NOCASE);
    zip_stat_t status;
    zip_stat_init(&status);
    if (found < 0 || zip_stat_index(archive_.get(), static_cast<zip_uint64_t>(found), 0, &status) != 0) {
        return document_fault(Reason::file_damaged);
    }
    std::unique_ptr<zip_file, ZipCloser> member(zip_fopen_index(archive_.get(), static_cast<zip_uint64_t>(found), 0));
    if (!member) {
        const bool is_encrypted = (status.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && status.encryption_method != 0;
        return document_fault(is_encrypted ? Reason::file_needs_password : Reason::file_damaged);
    }
    return ZipMember(std::move(member), static_cast<std::int64_t>(status.comp_size), limits_, inflated_);
}

std::expected<std::string, Fault> ZipArchive::content(const std::string& name) {
    auto opened = member(name);
    if (!opened) return std::unexpected(opened.error());
    std::string content;
    std::array<char, std::size_t{64} << 10> buffer;
    for (;;) {
        const auto count = opened->read(buffer);
        if (!count) return std::unexpected(count.error());
        if (*count == 0) return content;
        content.append(buffer.data(), *count);
    }
}

}  // namespace nassaq::ocr
