#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/limits.hpp"
#include "ocr/text_flow.hpp"
#include "ocr/zip_archive.hpp"

namespace nassaq::ocr {

/// What a part of an office file refers to.
struct Relationship {
    std::string id;
    std::string type;    ///< The last segment of its URL: "image", "footnotes", ... The same in both editions.
    std::string target;  ///< The name of a part.
};

/// Those of one type, in the order of the file.
std::vector<std::string> targets_of(std::span<const Relationship> relationships, std::string_view type);

/// The files of Office since 2007: a ZIP archive of parts that refer to each other (ECMA-376, part 2). Counts the text
/// that is taken of it, so that no file gives more than Limits::text_bytes.
class OfficePackage {
public:
    static std::expected<OfficePackage, Fault> open(const std::filesystem::path& file, const Limits& limits);

    /// @param part  Empty: of the whole package. What lies outside of the package is left out.
    std::expected<std::vector<Relationship>, Fault> relationships(const std::string& part);
    /// The part that the whole file is about. Nothing where this is no office file.
    std::expected<std::optional<std::string>, Fault> main_part();

    [[nodiscard]] bool contains(const std::string& part) const { return archive_.contains(part); }
    std::expected<ZipMember, Fault> part(const std::string& name) { return archive_.member(name); }
    std::expected<std::string, Fault> content(const std::string& name) { return archive_.content(name); }

    /// For text of this file; ends with take().
    [[nodiscard]] TextFlow flow() const { return TextFlow(text_bytes_left_); }
    /// A fault where the flow was not long enough.
    std::expected<std::string, Fault> take(TextFlow flow);

private:
    OfficePackage(ZipArchive archive, const Limits& limits);

    ZipArchive archive_;
    std::size_t text_bytes_left_;
};

/// The paragraphs, tables and fields of a part in WordprocessingML or DrawingML, which name them alike: a line for each
/// paragraph and table row, tabs between cells. What was deleted or only repeats for older programs is left out.
std::expected<std::string, Fault> read_markup(OfficePackage& package, const std::string& part);

}  // namespace nassaq::ocr
