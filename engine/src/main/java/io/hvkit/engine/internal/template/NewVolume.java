package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.engine.volume.VolumeRequest;

/**
 * A volume that is to begin with what is on a template.
 *
 * @param template the template
 * @param from the pool whose copy of the template is read
 * @param way who copies
 * @param volume what is to be made, as if it were blank
 */
public record NewVolume(RecordId<TemplateRecord> template, RecordId<PoolRecord> from, Way way, VolumeRequest volume) {

    /** Who copies a template to a volume. */
    public enum Way {
        /** The pool that has both. */
        POOL,
        /** A host that reaches both pools; nobody else reads that copy meanwhile. */
        HOST
    }

    Facts facts(Facts volumeFacts) {
        return volumeFacts.with("template", template).with("from", from).with("copied-by", way);
    }

    static NewVolume of(Facts facts, VolumeRequest volume) {
        return new NewVolume(
                new RecordId<>(facts.text("template")),
                new RecordId<>(facts.text("from")),
                Way.valueOf(facts.text("copied-by")),
                volume);
    }
}
