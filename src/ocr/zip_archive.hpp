#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "ocr/document.hpp"
#include "ocr/limits.hpp"

struct zip;       // libzip's zip_t
struct zip_file;  // libzip's zip_file_t

namespace nassaq::ocr {

struct ZipCloser {
    void operator()(zip* archive) const;
    void operator()(zip_file* member) const;
};

/// How much all members together have been inflated.
using InflatedBytes = std::shared_ptr<std::int64_t>;

/// A member of an archive, read from its beginning. What it inflates to is counted as it comes: what the headers say
/// of it is not believed.
class ZipMember {
public:
    ZipMember(std::unique_ptr<zip_file, ZipCloser> member, std::int64_t compressed, const Limits& limits,
              InflatedBytes all);

    /// @return how many bytes came; 0 at the end.
    std::expected<std::size_t, Fault> read(std::span<char> buffer);

private:
    [[nodiscard]] bool is_too_much() const;

    std::unique_ptr<zip_file, ZipCloser> member_;
    std::int64_t compressed_;
    std::int64_t inflated_ = 0;
    Limits limits_;
    InflatedBytes all_;
};

/// A ZIP file, which is only ever read, and whose members' names are never used as paths. Outlives its members.
class ZipArchive {
public:
    static std::expected<ZipArchive, Fault> open(const std::filesystem::path& file, const Limits& limits);

    /// Names of office files do not differ in case (ECMA-376-2, 6.2.2.3).
    [[nodiscard]] bool contains(const std::string& name) const;
    std::expected<ZipMember, Fault> member(const std::string& name);
    /// The whole of a member, inflated.
    std::expected<std::string, Fault> content(const std::string& name);

private:
    ZipArchive(std::unique_ptr<zip, ZipCloser> archive, const Limits& limits);

    std::unique_ptr<zip, ZipCloser> archive_;
    Limits limits_;
    InflatedBytes inflated_ = std::make_shared<std::int64_t>(0);
};

}  // namespace nassaq::ocr
