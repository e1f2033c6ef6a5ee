package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A template that is to be in a pool.
 *
 * @param template the template
 * @param pool the pool
 * @param image the image on this machine, if it is uploaded and not fetched
 */
public record LoadRequest(RecordId<TemplateRecord> template, RecordId<PoolRecord> pool, Optional<Path> image) {

    static LoadRequest of(Facts facts) {
        return new LoadRequest(
                new RecordId<>(facts.text("template")),
                new RecordId<>(facts.text("pool")),
                facts.find("image").map(Path::of));
    }

    Facts facts() {
        return Facts.of("template", template).with("pool", pool).with("image", image);
    }
}
