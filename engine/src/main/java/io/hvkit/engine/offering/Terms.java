package io.hvkit.engine.offering;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.placement.VolumeQuery.Sharing;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import io.hvkit.storage.spi.VolumeLimits;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** How offerings lie in their records. What is written stays readable for all time. */
final class Terms {

    private static final String COMMA = ",";

    private Terms() {}

    static Set<String> checked(Set<String> tags) {
        for (String tag : tags) {
            if (tag.isBlank() || tag.contains(COMMA)) {
                throw new IllegalArgumentException("a tag is not blank and has no comma: '" + tag + "'");
            }
        }
        return Set.copyOf(tags);
    }

    static Set<String> with(Set<String> tags, String tag) {
        Set<String> more = new TreeSet<>(tags);
        more.add(tag);
        return more;
    }

    private static String text(Set<String> tags) {
        return String.join(COMMA, new TreeSet<>(tags));
    }

    private static Set<String> tags(String text) {
        return Arrays.stream(text.split(COMMA, -1))
                .filter(tag -> !tag.isEmpty())
                .collect(Collectors.toSet());
    }

    static Facts of(DiskOffering offering) {
        Facts facts = Facts.of("protection", offering.protection())
                .with("least", offering.sizes().least().bytes())
                .with("most", offering.sizes().most().bytes())
                .with("format", offering.format())
                .with("sharing", offering.sharing())
                .with("tags", text(offering.tags()))
                .with("bandwidth", offering.limits().bandwidth().map(ByteSize::bytes));
        return offering.limits().iops().isPresent()
                ? facts.with("iops", offering.limits().iops().getAsLong())
                : facts;
    }

    static Facts of(ServiceOffering offering) {
        return Facts.of("cpus", offering.cpus())
                .with("memory", offering.memory().bytes())
                .with("root", offering.root())
                .with("rootTags", text(offering.rootTags()))
                .with("hostTags", text(offering.hostTags()));
    }

    static DiskOffering readDisk(OfferingRecord record) {
        Facts terms = requireKind(record, OfferingRecord.Kind.DISK).terms();
        VolumeLimits limits = VolumeLimits.none();
        Optional<Long> iops = terms.find("iops").map(Long::valueOf);
        if (iops.isPresent()) {
            limits = limits.iops(iops.get());
        }
        Optional<ByteSize> bandwidth = terms.find("bandwidth").map(Terms::size);
        if (bandwidth.isPresent()) {
            limits = limits.bandwidth(bandwidth.get());
        }
        return new DiskOffering(
                record.name(),
                Protection.valueOf(terms.text("protection")),
                new SizeRange(size(terms.text("least")), size(terms.text("most"))),
                ImageFormat.valueOf(terms.text("format")),
                Sharing.valueOf(terms.text("sharing")),
                limits,
                tags(terms.text("tags")));
    }

    static ServiceOffering readService(OfferingRecord record) {
        Facts terms = requireKind(record, OfferingRecord.Kind.SERVICE).terms();
        return new ServiceOffering(
                record.name(),
                Integer.parseInt(terms.text("cpus")),
                size(terms.text("memory")),
                Protection.valueOf(terms.text("root")),
                tags(terms.text("rootTags")),
                tags(terms.text("hostTags")));
    }

    private static ByteSize size(String bytes) {
        return ByteSize.bytes(Long.parseLong(bytes));
    }

    private static OfferingRecord requireKind(OfferingRecord record, OfferingRecord.Kind kind) {
        if (record.kind() != kind) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s is a %s offering, and a %s offering is needed", record.name(), record.kind(), kind);
        }
        return record;
    }
}
