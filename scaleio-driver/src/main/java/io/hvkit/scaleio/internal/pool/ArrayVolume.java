package io.hvkit.scaleio.internal.pool;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A volume as the array tells of it; snapshots are volumes too.
 *
 * @param name empty if it has none
 * @param place where it lies
 * @param origin where it comes from
 * @param mappings which clients have it
 */
record ArrayVolume(String id, String name, ByteSize size, Place place, Origin origin, List<Mapping> mappings) {

    /** The pool and the tree. */
    record Place(String pool, String tree) {}

    /**
     * What it was made of.
     *
     * @param isSnapshot whether it was made of another volume; that one may be gone
     * @param ancestor the volume it was made of, if that is there
     * @param created seconds since 1970
     * @param group the same for snapshots that were taken at one moment
     */
    record Origin(boolean isSnapshot, Optional<String> ancestor, long created, Optional<String> group) {}

    /** A client that has it; {@code name} is what the array calls the client, if it has a name for it. */
    record Mapping(String sdc, Optional<String> name) {}

    static ArrayVolume of(JsonNode node) {
        List<Mapping> mappings = new ArrayList<>();
        for (JsonNode one : node.path("mappedSdcInfo")) {
            mappings.add(new Mapping(one.path("sdcId").asText(""), text(one, "sdcName")));
        }
        return new ArrayVolume(
                node.path("id").asText(""),
                text(node, "name").orElse(""),
                ByteSize.kibibytes(node.path("sizeInKb").asLong()),
                new Place(
                        node.path("storagePoolId").asText(""),
                        node.path("vtreeId").asText("")),
                new Origin(
                        node.path("volumeType").asText("").equals("Snapshot"),
                        text(node, "ancestorVolumeId"),
                        node.path("creationTime").asLong(),
                        text(node, "consistencyGroupId")),
                List.copyOf(mappings));
    }

    private static Optional<String> text(JsonNode node, String field) {
        return Optional.ofNullable(node.path(field).asText(null)).filter(text -> !text.isEmpty());
    }

    /** Returns it as callers of the SPI see it. */
    Volume asVolume() {
        return Volume.of(new VolumeId(id), Names.plain(name), Sizes.ofMachine(size, format()), format());
    }

    /** Returns how its bytes are laid out, as its name says. */
    ImageFormat format() {
        return Layout.ofVolume(name).format();
    }
}
