package io.hvkit.storage.spi;

import io.hvkit.core.ImageFormat;
import io.hvkit.core.internal.Json;
import io.hvkit.core.internal.JsonObject;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import io.hvkit.storage.spi.EncryptionSupport.HypervisorLuks;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A pool type as JSON: {@code id}, {@code displayName}, {@code aliases}, {@code traits}, and {@code encryption} with {@code by}
 * and, for LUKS, the versions by format.
 */
final class PoolTypeJson {

    private static final String WHAT = "pool type";

    /** What {@code by} says. */
    private enum By {
        NONE,
        HYPERVISOR_LUKS,
        STORAGE_NATIVE
    }

    private PoolTypeJson() {}

    static String write(StoragePoolType type) {
        return "{\"id\":" + Json.quoted(type.id())
                + ",\"displayName\":" + Json.quoted(type.displayName())
                + ",\"aliases\":" + Json.array(type.aliases())
                + ",\"traits\":"
                + Json.array(type.traits().stream().map(Enum::name).toList())
                + ",\"encryption\":" + encryption(type.encryption()) + "}";
    }

    private static String encryption(EncryptionSupport support) {
        return support.match(
                none -> by(By.NONE, ""),
                luks -> by(By.HYPERVISOR_LUKS, ",\"versions\":" + versions(luks) + headers(luks)),
                storage -> by(By.STORAGE_NATIVE, ""));
    }

    private static String by(By who, String rest) {
        return "{\"by\":" + Json.quoted(who.name()) + rest + "}";
    }

    private static String versions(HypervisorLuks luks) {
        return luks.versions().entrySet().stream()
                .map(entry -> Json.quoted(entry.getKey().name()) + ":"
                        + Json.array(entry.getValue().stream().map(Enum::name).toList()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String headers(HypervisorLuks luks) {
        return luks.headerBy() == HeaderWriter.POOL
                ? ""
                : ",\"headers\":" + Json.array(List.of(luks.headerBy().name()));
    }

    static StoragePoolType read(String json) {
        JsonObject read = JsonObject.read(WHAT, json);
        return StoragePoolType.named(read.text("id"), read.text("displayName"))
                .alsoKnownAs(read.texts("aliases").toArray(String[]::new))
                .having(read.constants("traits", PoolTrait.class).toArray(PoolTrait[]::new))
                .encryptedBy(read.object("encryption")
                        .map(PoolTypeJson::readEncryption)
                        .orElse(EncryptionSupport.none()));
    }

    /** What this release does not know is as good as no encryption. */
    private static EncryptionSupport readEncryption(JsonObject encryption) {
        return switch (JsonObject.constant(By.class, encryption.text("by")).orElse(By.NONE)) {
            case NONE -> EncryptionSupport.none();
            case STORAGE_NATIVE -> EncryptionSupport.storageNative();
            case HYPERVISOR_LUKS ->
                encryption
                        .object("versions")
                        .map(versions -> readLuks(versions, headerBy(encryption)))
                        .orElse(EncryptionSupport.none());
        };
    }

    private static HeaderWriter headerBy(JsonObject encryption) {
        return encryption.constants("headers", HeaderWriter.class).findFirst().orElse(HeaderWriter.POOL);
    }

    private static EncryptionSupport readLuks(JsonObject versions, HeaderWriter headerBy) {
        Map<ImageFormat, Set<LuksVersion>> known = new EnumMap<>(ImageFormat.class);
        for (String name : versions.names()) {
            EnumSet<LuksVersion> headers = EnumSet.noneOf(LuksVersion.class);
            versions.constants(name, LuksVersion.class).forEach(headers::add);
            if (!headers.isEmpty()) {
                JsonObject.constant(ImageFormat.class, name).ifPresent(format -> known.put(format, headers));
            }
        }
        return known.isEmpty() ? EncryptionSupport.none() : new HypervisorLuks(known, headerBy);
    }
}
