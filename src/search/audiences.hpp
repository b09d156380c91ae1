#pragma once

#include <boost/describe.hpp>
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

/// Gives documents and their passages the audiences that they should bear, when folders have begun or ceased to govern,
/// or folders or documents were moved. In short transactions, while others work; may be stopped, or killed, at any
/// time. One thread; of several nodes one is at it at a time.
class AudienceKeys {
public:
    static constexpr std::chrono::milliseconds interval{250};

    explicit AudienceKeys(db::Database& database);

    /// Does what there is to do, until `stop` is requested. @return how many folders and documents have been given
    /// another audience. @throws db::Error
    std::size_t step(const std::stop_token& stop = {});

private:
    /// All that tells whether anything has to be done.
    struct Signs {
        std::int64_t entries = 0;  ///< These three of Access_Version.
        std::int64_t folders = 0;
        std::int64_t moves = 0;
        std::int64_t last_moved_document = 0;
        std::string fingerprint;  ///< Of Audience_State.

        friend bool operator==(const Signs&, const Signs&) = default;
        BOOST_DESCRIBE_CLASS(Signs, (), (entries, folders, moves, last_moved_document, fingerprint), (), ())
    };
    struct FolderAudience;

    bool is_settled();
    std::size_t settle(const std::stop_token& stop);
    void assign_folders(std::span<const access::Folder> governing, const std::stop_token& stop);
    void wait_for_earlier_ones(const std::string& mark, const std::stop_token& stop);
    std::vector<FolderAudience> find_wrong_folders(std::span<const access::Folder> governing);
    bool set_folder(const FolderAudience& folder, const std::stop_token& stop);
    void set_passages(std::span<const std::int64_t> doc_ids, std::int64_t audience_id);
    std::size_t set_moved_documents(const std::stop_token& stop);

    db::Database& database_;
    db::SharedLook look_;
    std::optional<Signs> settled_;  ///< As they were when there was nothing to do.
};

}  // namespace nassaq::search
