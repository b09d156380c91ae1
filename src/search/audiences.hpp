#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "access/audiences.hpp"
#include "access/reach.hpp"
#include "db/database.hpp"
#include "db/shared_look.hpp"

/// The audiences (access/audiences.hpp) that passages bear in the index; docs/decisions/0101-audiences.md.
namespace nassaq::search {

/// A query of the audience that the passages of a document are to bear, if any; its one value is the doc_id.
std::string audience_of_document();

/// The audiences that a search has to look at for what may be read. Nothing where the index cannot tell: while passages
/// are being given other audiences, or where there are more than it is good for. Then everybody's passages are looked
/// for and filtered, which finds the same, and takes longer.
std::optional<std::vector<std::int64_t>> audiences_to_search(db::Session& session, const access::Reach& reach);

/// Gives passages the audiences that they should bear, when folders have begun or ceased to govern, or folders or
/// documents were moved. In short transactions, while others work; may be stopped, or killed, at any time. One thread;
/// of several nodes one is at it at a time.
class AudienceKeys {
public:
    static constexpr std::chrono::milliseconds interval{250};

    explicit AudienceKeys(db::Database& database);

    /// Does what there is to do, until `stop` is requested. @return how many folders and documents have been given
    /// another audience. @throws db::Error
    std::size_t step(const std::stop_token& stop = {});

private:
    struct Target;

    bool is_settled();
    std::size_t settle(const std::stop_token& stop);
    Target begin(const std::stop_token& stop);
    bool set_folder(std::int64_t path_id, std::int64_t audience_id, const std::stop_token& stop);
    void set_passages(std::span<const std::int64_t> doc_ids, std::int64_t audience_id);
    std::size_t set_moved_documents(const std::stop_token& stop);

    db::Database& database_;
    db::SharedLook look_;
};

}  // namespace nassaq::search
