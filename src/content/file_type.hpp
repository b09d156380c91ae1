#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// What a file is by its first bytes, whatever its name says. A table of signatures and nothing else: no byte of a
/// foreign file is followed further than it stands there.
namespace nassaq::content {

/// As many bytes as the functions below look at.
inline constexpr std::size_t head_bytes = 1024;

/// The kinds of content that are told apart.
enum class FileType {
    pdf,
    png,
    jpeg,
    tiff,
    bmp,
    heif,
    webp,
    gif,
    zip,            ///< DOCX, XLSX and PPTX among others.
    compound_file,  ///< DOC among others; newer office files with a password, too.
    rtf,
    text,        ///< Has no signature, under a name that promises text.
    executable,  ///< Programs, of any system.
    markup,      ///< What a browser or a server would carry out: HTML, SVG, PHP.
    other,       ///< Known to be none of these: PostScript, other archives, sound, films.
    unknown,
};

/// Tells by the signature at the beginning ("magic bytes"). Never FileType::text.
/// @param head  The first `head_bytes`, or all where the file is shorter.
FileType detect_file_type(std::string_view head);

/// Whether files of that name can be told at all. @param extension  In lower case, without the dot.
bool is_known_extension(std::string_view extension);

/// What the content is, provided that the name may stand for it. Names of one family stand for each other, as people
/// and programs mix them up: pictures; Word's documents; the packages of newer office programs; PDF, with what mail
/// programs and printers put before its header (ISO 32000-1, annex H, note 13); texts.
/// @param extension  In lower case, without the dot. @return nothing for content of another family.
std::optional<FileType> identify(std::string_view head, std::string_view extension);

/// The part of a file name behind the last dot, in ASCII lower case, without the dot. Empty where there is none.
std::string file_extension(std::string_view filename);

}  // namespace nassaq::content
