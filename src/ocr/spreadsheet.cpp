#include "ocr/spreadsheet.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "ocr/fault.hpp"
#include "ocr/number_text.hpp"
#include "ocr/xml_reader.hpp"

namespace nassaq::ocr {

namespace {

using Event = XmlReader::Event;

/// What cells refer to by number.
struct Workbook {
    std::vector<std::string> sheets;  ///< Names of parts.
    std::vector<std::string> strings;
    std::vector<CellFormat> formats;
    bool counts_from_1904 = false;
};

std::size_t index_of(const std::optional<std::string>& number) {
    const auto index = text::parse_integer(number.value_or(""));
    return index && *index >= 0 ? static_cast<std::size_t>(*index) : SIZE_MAX;
}

/// The text of a string item or inline string: runs put together, without how the words are read aloud (rPh).
/// @param element  Its name; the reader stands at its beginning.
std::string read_string(XmlReader& reader, std::string_view element) {
    std::string string;
    bool is_text = false;
    while (reader.next()) {
        const std::string_view name = reader.name();
        if (reader.event() == Event::end && name == element) break;
        if (reader.event() == Event::text && is_text) string += reader.text();
        if (reader.event() != Event::text) is_text = reader.event() == Event::begin && name == "t";
        if (reader.event() == Event::begin && name == "rPh") reader.skip();
    }
    return string;
}

std::expected<std::vector<std::string>, Fault> read_strings(OfficePackage& package, const std::string& part) {
    auto member = package.part(part);
    if (!member) return std::unexpected(member.error());
    XmlReader reader(std::move(*member));
    std::vector<std::string> strings;
    while (reader.next()) {
        if (reader.event() == Event::begin && reader.name() == "si") strings.push_back(read_string(reader, "si"));
    }
    if (const auto read = reader.finish(); !read) return std::unexpected(read.error());
    return strings;
}

/// ECMA-376-1, 18.8.30: the formats that need not be written down; 27 to 36 and 50 to 58 are dates in East Asia.
CellFormat built_in_format(std::size_t id) {
    if (id == 9 || id == 10) return CellFormat::percentage;
    const bool is_date =
        (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
    return is_date ? CellFormat::date : CellFormat::number;
}

std::expected<std::vector<CellFormat>, Fault> read_formats(OfficePackage& package, const std::string& part) {
    auto member = package.part(part);
    if (!member) return std::unexpected(member.error());
    XmlReader reader(std::move(*member));
    std::map<std::size_t, CellFormat> own;
    std::vector<CellFormat> formats;
    bool is_cell_format = false;  // Styles by name have formats of the same shape, which cells do not refer to.
    while (reader.next()) {
        const std::string_view name = reader.name();
        if (name == "cellXfs") is_cell_format = reader.event() == Event::begin;
        if (reader.event() != Event::begin) continue;
        const std::size_t id = index_of(reader.attribute("numFmtId"));
        if (name == "numFmt") own[id] = format_of_code(reader.attribute("formatCode").value_or(""));
        if (name == "xf" && is_cell_format) {
            const auto written = own.find(id);
            formats.push_back(written == own.end() ? built_in_format(id) : written->second);
        }
    }
    if (const auto read = reader.finish(); !read) return std::unexpected(read.error());
    return formats;
}

std::expected<void, Fault> read_tabs(OfficePackage& package, const std::string& part,
                                     const std::vector<Relationship>& relationships, Workbook& workbook) {
    auto member = package.part(part);
    if (!member) return std::unexpected(member.error());
    XmlReader reader(std::move(*member));
    while (reader.next()) {
        if (reader.event() != Event::begin) continue;
        if (reader.name() == "workbookPr") {
            const std::string since_1904 = reader.attribute("date1904").value_or("0");
            workbook.counts_from_1904 = since_1904 == "1" || since_1904 == "true";
        }
        if (reader.name() != "sheet") continue;
        const auto sheet = std::ranges::find(relationships, reader.relationship_id().value_or(""), &Relationship::id);
        // Charts have tabs of their own, without cells.
        if (sheet != relationships.end() && sheet->type == "worksheet") workbook.sheets.push_back(sheet->target);
    }
    return reader.finish();
}

std::expected<Workbook, Fault> read_workbook(OfficePackage& package, const std::string& part) {
    Workbook workbook;
    const auto relationships = package.relationships(part);
    if (!relationships) return std::unexpected(relationships.error());
    if (const auto read = read_tabs(package, part, *relationships, workbook); !read) {
        return std::unexpected(read.error());
    }
    for (const std::string& target : targets_of(*relationships, "sharedStrings")) {
        auto strings = read_strings(package, target);
        if (!strings) return std::unexpected(strings.error());
        workbook.strings = std::move(*strings);
    }
    for (const std::string& target : targets_of(*relationships, "styles")) {
        auto formats = read_formats(package, target);
        if (!formats) return std::unexpected(formats.error());
        workbook.formats = std::move(*formats);
    }
    return workbook;
}

/// A cell as it is written down.
struct Cell {
    std::string type;  ///< ECMA-376-1, 18.18.11: "s" for a shared string, "b", "e", "str", "inlineStr", "d", "n".
    std::size_t format = 0;
    std::string value;
};

/// @param reader  Stands at the beginning of the cell.
Cell read_cell(XmlReader& reader) {
    Cell cell{.type = reader.attribute("t").value_or("n"), .format = index_of(reader.attribute("s")), .value = {}};
    bool is_value = false;
    while (reader.next()) {
        const std::string_view name = reader.name();
        if (reader.event() == Event::end && name == "c") break;
        if (reader.event() == Event::text && is_value) cell.value += reader.text();
        if (reader.event() != Event::text) is_value = reader.event() == Event::begin && name == "v";
        if (reader.event() == Event::begin && name == "is") cell.value = read_string(reader, "is");
    }
    return cell;
}

std::string text_of(const Cell& cell, const Workbook& workbook) {
    if (cell.type == "s") {
        const std::size_t index = index_of(cell.value);
        return index < workbook.strings.size() ? workbook.strings[index] : std::string();
    }
    if (cell.type == "b") return cell.value == "1" ? "TRUE" : "FALSE";
    if (cell.type != "n" || cell.value.empty()) return cell.value;
    const CellFormat format =
        cell.format < workbook.formats.size() ? workbook.formats[cell.format] : CellFormat::number;
    return number_text(cell.value, format, workbook.counts_from_1904);
}

std::expected<std::string, Fault> read_sheet(OfficePackage& package, const std::string& part,
                                             const Workbook& workbook) {
    auto member = package.part(part);
    if (!member) return std::unexpected(member.error());
    XmlReader reader(std::move(*member));
    TextFlow flow = package.flow();
    while (!flow.is_full() && reader.next()) {
        if (reader.event() == Event::begin && reader.name() == "c") {
            flow.append(text_of(read_cell(reader), workbook));
            flow.separate('\t');
        }
        if (reader.event() == Event::end && reader.name() == "row") flow.separate('\n');
    }
    if (const auto read = reader.finish(); !read) return std::unexpected(read.error());
    return package.take(std::move(flow));
}

}  // namespace

std::expected<std::vector<std::string>, Fault> read_sheets(OfficePackage& package, const std::string& workbook_part,
                                                           std::int64_t most_sheets) {
    const auto workbook = read_workbook(package, workbook_part);
    if (!workbook) return std::unexpected(workbook.error());
    if (std::ssize(workbook->sheets) > most_sheets) {
        return document_fault(Reason::too_many_sheets, workbook->sheets.size(), most_sheets);
    }
    std::vector<std::string> sheets;
    for (const std::string& part : workbook->sheets) {
        auto sheet = read_sheet(package, part, *workbook);
        if (!sheet) return std::unexpected(sheet.error());
        sheets.push_back(std::move(*sheet));
    }
    return sheets;
}

}  // namespace nassaq::ocr
