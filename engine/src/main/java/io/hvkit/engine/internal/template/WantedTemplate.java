package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.template.CaptureRequest.Plaintext;
import io.hvkit.engine.usage.Account;
import java.util.Optional;

/**
 * What a template is to be, whatever it is made of.
 *
 * @param name its name
 * @param pool where it is to be
 * @param plaintext whether what is encrypted at its source may lie in clear in it
 * @param owner for whom it counts
 */
public record WantedTemplate(String name, RecordId<PoolRecord> pool, Plaintext plaintext, Optional<Account> owner) {

    /** Returns what a request wants. */
    public static WantedTemplate of(CaptureRequest request) {
        return new WantedTemplate(request.name(), request.pool(), request.plaintext(), request.owner());
    }

    /** Returns what evidence tells, see {@link #in}. */
    public static WantedTemplate of(Facts facts) {
        return new WantedTemplate(
                facts.text("name"),
                new RecordId<>(facts.text("pool")),
                Plaintext.valueOf(facts.text("plaintext")),
                facts.find("owner").map(Account::of));
    }

    /** Returns these facts, and all of this. */
    public Facts in(Facts facts) {
        return facts.with("name", name)
                .with("pool", pool)
                .with("plaintext", plaintext)
                .with("owner", owner.map(Account::path));
    }
}
