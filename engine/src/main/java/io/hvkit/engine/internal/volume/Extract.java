package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.volume.PlaintextAuthorisation;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What is to be extracted, as the journal keeps it.
 *
 * @param volume the volume
 * @param host the host that is to have the file
 * @param file where
 * @param format how its bytes are to lie
 * @param key what the vault keeps the key under that somebody gave, if one did
 * @param authorisation who decided that it may lie in clear, if anybody did
 */
public record Extract(
        RecordId<VolumeRecord> volume,
        RecordId<HostRecord> host,
        Path file,
        ImageFormat format,
        Optional<RecordId<KeyRecord>> key,
        Optional<PlaintextAuthorisation> authorisation) {

    Facts facts() {
        return Facts.of("volume", volume)
                .with("host", host)
                .with("file", file)
                .with("format", format)
                .with("key", key)
                .with("authorised-by", authorisation.map(PlaintextAuthorisation::by))
                .with("reason", authorisation.map(PlaintextAuthorisation::reason));
    }

    static Extract of(Facts facts) {
        return new Extract(
                new RecordId<>(facts.text("volume")),
                new RecordId<>(facts.text("host")),
                Path.of(facts.text("file")),
                ImageFormat.valueOf(facts.text("format")),
                facts.find("key").map(RecordId::new),
                facts.find("authorised-by").map(by -> new PlaintextAuthorisation(by, facts.text("reason"))));
    }
}
