package io.hvkit.kvm.internal.machine;

import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFacts.Presence;
import io.hvkit.core.HostFeature;
import io.hvkit.kvm.internal.host.EncryptionProbe;
import io.hvkit.kvm.internal.host.HostTools;
import io.hvkit.qemu.CommandRunner;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out what the host has, and remembers it. Only a host whose programs can be run from here can be looked at. */
final class HostProbe {

    private static final Logger LOG = LoggerFactory.getLogger(HostProbe.class);

    private final Supplier<HostTools> tools;
    private final Optional<String> whyNoKeys;
    private final Duration limit;
    private final AtomicReference<@Nullable HostFacts> last = new AtomicReference<>();

    /**
     * Looks at nothing yet.
     *
     * @param tools what runs the host's programs
     * @param whyNoKeys why the host is given no keys; nothing if it is
     * @param limit how long one look may take
     */
    HostProbe(Supplier<HostTools> tools, Optional<String> whyNoKeys, Duration limit) {
        this.tools = tools;
        this.whyNoKeys = whyNoKeys;
        this.limit = limit;
    }

    /** Looks at the host, and remembers what was found. */
    HostFacts facts() throws InterruptedException {
        HostFacts now = look();
        HostFacts told = Optional.ofNullable(last.get())
                .map(earlier -> telling(earlier, now))
                .orElse(now);
        last.set(told);
        return told;
    }

    /** Returns what was found last, unless that is older; then it looks again. */
    HostFacts facts(Duration noOlderThan) throws InterruptedException {
        HostFacts known = last.get();
        return known != null && known.isFresh(noOlderThan, Instant.now()) ? known : facts();
    }

    private HostFacts look() throws InterruptedException {
        HostFacts facts = HostFacts.at(Instant.now());
        Optional<CommandRunner> runner = tools.get().runner();
        String reason = tools.get().reason();
        HostFacts found = runner.isPresent()
                ? new EncryptionProbe(runner.get(), limit).addTo(facts)
                : facts.unprobed(HostFeature.QEMU_IMG, reason).unprobed(HostFeature.VOLUME_ENCRYPTION, reason);
        return whyNoKeys
                .map(why -> found.lacking(HostFeature.VOLUME_ENCRYPTION, why))
                .orElse(found);
    }

    /** A look that fails may be the look's fault: who relied on what was proven before is to see that it was. */
    private static HostFacts telling(HostFacts earlier, HostFacts now) {
        HostFacts told = now;
        for (HostFeature feature : HostFeature.values()) {
            HostFacts.Finding finding = now.finding(feature);
            if (earlier.finding(feature).presence() == Presence.PRESENT && finding.presence() == Presence.ABSENT) {
                Duration ago = Duration.between(earlier.probedAt(), now.probedAt());
                LOG.warn("the host had {} {} s ago and has it no more: {}", feature, ago.toSeconds(), finding.reason());
                told = told.lacking(
                        feature,
                        finding.reason() + "; it was there " + ago.toSeconds() + " s before, at " + earlier.probedAt(),
                        finding.details());
            }
        }
        return told;
    }
}
