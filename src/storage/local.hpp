#pragma once

#include <filesystem>
#include <memory>

#include "storage/storage.hpp"

namespace nassaq::storage {

/// Keeps blobs as files below `root`, which is made when it is not there; LocalPath says where. A URL is
/// "local:///blobs/NAME".
///
/// An upload hard-links the finished spool file into place: link(2) never replaces, and one of several that race for a
/// name wins. A spool on another file system is copied first. The file's bytes are synced before the link, and each
/// folder after it, so that what is answered survives a power cut. list() has no order. Folders that become empty are
/// removed.
///
/// Several processes may use the same root.
/// @throws std::system_error when the folder cannot be used.
std::unique_ptr<Storage> make_local_storage(std::filesystem::path root);

}  // namespace nassaq::storage
