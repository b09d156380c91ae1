#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "storage/storage.hpp"

/// The second container: where the Python platform keeps some originals, each under an id, beside the container that
/// is the storage. They are read, and removed with their documents; nothing is stored there, listed, or swept.
namespace nassaq::storage {

/// The name by which a storage with a second container knows the blob `id` of that: "/id". No other blob's name begins
/// with '/'. An id has no '/'.
std::string second_container_name(std::string_view id);
bool is_in_second_container(std::string_view name);

/// A storage of two: the names of second_container_name() are those of `second`, all others those of `main`.
///
/// `upload`, `send_early`, `list`, `is_stored_from`, `abort_unfinished` and `check` are about `main` alone: nobody
/// stores into the second container, nothing of it is taken for left over, and the storage is ready without it.
/// `share_bytes` and `link` do nothing for a blob of it, and none was stored here. Its failures say whose they are.
/// @param second  may be nullptr. Then none of its blobs is there, but to remove one fails: it is to be tried again
/// where, or when, there is the container.
std::unique_ptr<Storage> make_storage_with_second_container(std::unique_ptr<Storage> main,
                                                            std::unique_ptr<Storage> second);

}  // namespace nassaq::storage
