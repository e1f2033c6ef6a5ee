package io.hvkit.qemu.inspect;

import io.hvkit.core.ImageFormat;
import io.hvkit.qemu.inspect.Finding.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One look at one image: every format is tried, whatever the others say. */
final class Inspection {

    static final List<FormatReader> READERS = Stream.concat(
                    Stream.of(
                            new Qcow2Format(),
                            new QcowFormat(),
                            new QedFormat(),
                            new Luks1Format(),
                            new Luks2Format(),
                            new VmdkFormat(),
                            new VhdFormat(),
                            new VhdxFormat(),
                            new VdiFormat(),
                            new IsoFormat()),
                    MagicFormat.all().stream())
            .toList();

    /** What is noted where no format can be blamed; its format is shown as raw. */
    private final Report common = new Report(FileFormat.RAW);

    private final List<Report> reports = new ArrayList<>();
    private final Bytes bytes;

    private Inspection(Bytes bytes) {
        this.bytes = bytes;
    }

    /** Looks at an image whose format is not known. */
    static InspectedImage of(ByteSource source, Duration limit) throws InterruptedException {
        Inspection inspection = new Inspection(new Bytes(source, limit));
        inspection.tryAll(READERS);
        return inspection.conclude();
    }

    /** Looks at an image that is of one format, whatever it looks like. */
    static InspectedImage of(ByteSource source, Duration limit, ImageFormat pin) throws InterruptedException {
        Inspection inspection = new Inspection(new Bytes(source, limit));
        if (pin == ImageFormat.RAW) {
            new DiskContent(inspection.bytes, inspection.common).readRaw();
            inspection.reports.add(inspection.common);
            return inspection.result(Optional.empty());
        }
        inspection.tryAll(READERS.stream()
                .filter(reader -> reader.format().imageFormat().equals(Optional.of(pin)))
                .toList());
        if (inspection.reports.isEmpty() && !inspection.common.findings().isEmpty()) {
            inspection.reports.add(inspection.common); // it could not be read far enough to tell
        } else if (inspection.reports.isEmpty()) {
            FileFormat wanted = READERS.stream()
                    .map(FormatReader::format)
                    .filter(format -> format.imageFormat().equals(Optional.of(pin)))
                    .findFirst()
                    .orElse(FileFormat.RAW);
            Report report = new Report(wanted);
            report.find(Kind.NOT_AS_DECLARED, "pinned to %s, and it is none", pin.qemuName());
            inspection.reports.add(report);
        }
        return inspection.result(Optional.empty());
    }

    private void tryAll(List<FormatReader> readers) throws InterruptedException {
        for (FormatReader reader : readers) {
            tryOne(reader);
        }
    }

    private void tryOne(FormatReader reader) throws InterruptedException {
        try {
            if (!reader.matches(bytes)) {
                return;
            }
        } catch (Refusal e) {
            common.add(e.finding());
            return;
        }
        Report report = new Report(reader.format());
        reports.add(report);
        try {
            reader.read(bytes, report);
        } catch (Refusal e) {
            report.add(e.finding());
        }
    }

    private InspectedImage conclude() throws InterruptedException {
        DiskContent content = new DiskContent(bytes, common);
        Optional<PartitionTable> partitions;
        try {
            partitions = content.partitions();
        } catch (Refusal e) {
            common.add(e.finding());
            partitions = Optional.empty();
        }
        if (reports.isEmpty()) {
            content.readRaw();
            reports.add(common);
            return result(partitions);
        }
        String all = reports.stream().map(report -> report.format().toString()).collect(Collectors.joining(" and "));
        if (reports.size() > 1) {
            common.find(Kind.POLYGLOT, "it is %s at once", all);
        }
        if (partitions.isPresent() && !holdsDisk()) {
            boolean disc = reports.size() == 1 && reports.get(0).format() == FileFormat.ISO;
            common.find(
                    disc ? Kind.HYBRID_DISC : Kind.POLYGLOT,
                    "it is %s, and a disk with a partition table (%s) too",
                    all,
                    partitions.get());
        }
        reports.add(common);
        return result(partitions);
    }

    /** A fixed VHD begins with the first sector of its disk, so that a partition table there is what is expected. */
    private boolean holdsDisk() throws InterruptedException {
        return reports.size() == 1 && reports.get(0).format() == FileFormat.VHD && !bytes.has(0, VhdFormat.MAGIC);
    }

    private InspectedImage result(Optional<PartitionTable> partitions) {
        List<FileFormat> formats = reports.size() == 1
                ? List.of(reports.get(0).format())
                : reports.stream()
                        .filter(report -> report != common)
                        .map(Report::format)
                        .toList();
        return InspectedImage.of(formats, bytes.length(), reports, partitions);
    }
}
