#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ocr/document.hpp"
#include "ocr/zip_archive.hpp"

struct _xmlTextReader;  // NOLINT(bugprone-reserved-identifier): libxml2's xmlTextReader

namespace nassaq::ocr {

/// Reads the XML of a part of an office file node by node, as it is inflated. It reaches for nothing outside of the
/// part: no network, no external entities; a document type, which office files must not have (ECMA-376-2, 7.1.4), is
/// refused with all the entities that it could declare, and so is nesting without end.
class XmlReader {
public:
    enum class Event { begin, end, text };

    explicit XmlReader(ZipMember member);
    XmlReader(const XmlReader&) = delete;
    XmlReader& operator=(const XmlReader&) = delete;
    XmlReader(XmlReader&&) = delete;
    XmlReader& operator=(XmlReader&&) = delete;
    ~XmlReader();

    /// Goes to the next event; every element that begins ends, too. @return false at the end, or at a fault.
    bool next();
    /// What was wrong, after next() has returned false.
    [[nodiscard]] std::expected<void, Fault> finish() const;

    [[nodiscard]] Event event() const { return event_; }
    /// Of the element that begins or ends, without its prefix. Until next().
    [[nodiscard]] std::string_view name() const;
    /// Until next().
    [[nodiscard]] std::string_view text() const;
    /// An attribute without a prefix of the element that begins.
    [[nodiscard]] std::optional<std::string> attribute(const char* name) const;
    /// The attribute that names a relationship (r:id), in either namespace of ECMA-376.
    [[nodiscard]] std::optional<std::string> relationship_id() const;
    /// Passes over what is in the element that has just begun, and its end.
    void skip();

private:
    static int read_member(void* reader, char* buffer, int length);
    [[nodiscard]] std::optional<std::string> attribute_of(const char* name, const char* space) const;

    ZipMember member_;
    std::optional<Fault> fault_;
    Event event_ = Event::text;
    bool end_is_due_ = false;  ///< Of an element without content, whose end libxml2 does not tell of.
    std::unique_ptr<_xmlTextReader, void (*)(_xmlTextReader*)> reader_;
};

}  // namespace nassaq::ocr
