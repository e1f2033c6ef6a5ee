package io.hvkit.qemu;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what qemu-img prints on success. Half of it comes out of headers that anybody may have written: what is strange is left
 * out or a failure, never a crash.
 */
final class QemuImgReport {

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(100).build())
                    .build())
            .build();
    private static final Pattern MISMATCH = Pattern.compile("Content mismatch at offset (\\d{1,18})!");
    private static final long LATEST = Instant.parse("9999-12-31T00:00:00Z").getEpochSecond();

    private QemuImgReport() {}

    /** Reads the report on one image. */
    static ImageInfo info(Image image, String output) {
        return info(image, image.format(), parse(image, output));
    }

    /** Reads the report on an image and all that it is built on, from the top down. */
    static List<ImageInfo> chain(Image image, String output) {
        JsonNode root = parse(image, output);
        if (!root.isArray() || root.isEmpty()) {
            throw defect("qemu-img gives no chain for " + image);
        }
        List<ImageInfo> chain = new ArrayList<>();
        for (JsonNode layer : root) {
            String name = layer.path("format").asText("");
            ImageFormat format =
                    chain.isEmpty() ? image.format() : format(name).orElseThrow(() -> unknown(image, name));
            chain.add(info(image, format, layer));
        }
        return List.copyOf(chain);
    }

    static CheckResult check(Image image, CheckResult.Verdict verdict, String output) {
        JsonNode root = parse(image, output);
        return CheckResult.of(verdict, count(root, "corruptions"), count(root, "leaks"));
    }

    /** Reads from a check where the last cluster in use ends. */
    static ByteSize end(Image image, String output) {
        return size(image, parse(image, output), "image-end-offset");
    }

    static Measurement measurement(Image image, String output) {
        JsonNode root = parse(image, output);
        return new Measurement(
                size(image, root, "required"), size(image, root, "fully-allocated"), optionalSize(root, "bitmaps"));
    }

    static Comparison mismatch(CommandResult result) {
        Matcher matcher = MISMATCH.matcher(result.output());
        if (matcher.find()) {
            return new Comparison.DifferentAt(Long.parseLong(matcher.group(1)));
        }
        throw defect("qemu-img compare found a difference but does not say where: "
                + result.output().strip());
    }

    /** Reads one line of a map, without what joins it to others. */
    static Extent extent(Image image, String line) {
        JsonNode node = parse(image, line);
        EnumSet<Extent.Trait> traits = EnumSet.noneOf(Extent.Trait.class);
        for (Map.Entry<String, Extent.Trait> trait : Map.of(
                        "present", Extent.Trait.PRESENT,
                        "data", Extent.Trait.DATA,
                        "zero", Extent.Trait.ZERO,
                        "compressed", Extent.Trait.COMPRESSED)
                .entrySet()) {
            if (node.path(trait.getKey()).asBoolean(false)) {
                traits.add(trait.getValue());
            }
        }
        return new Extent(
                size(image, node, "start"),
                size(image, node, "length"),
                (int) Math.min(Integer.MAX_VALUE, count(node, "depth")),
                traits,
                optionalSize(node, "offset"));
    }

    private static ImageInfo info(Image image, ImageFormat format, JsonNode root) {
        return new ImageInfo(new ImageInfo.Fields(
                root.path("filename").asText(""),
                format,
                size(image, root, "virtual-size"),
                ByteSize.bytes(count(root, "actual-size")),
                optionalSize(root, "cluster-size"),
                root.path("encrypted").asBoolean(false) ? ImageInfo.Encryption.SOME : ImageInfo.Encryption.NONE,
                root.path("dirty-flag").asBoolean(false) ? ImageInfo.Closing.DIRTY : ImageInfo.Closing.CLEAN,
                text(root, "backing-filename"),
                text(root, "backing-filename-format"),
                text(root, "full-backing-filename"),
                snapshots(root.path("snapshots")),
                qcow2(root.path("format-specific"))));
    }

    private static List<InternalSnapshot> snapshots(JsonNode list) {
        List<InternalSnapshot> snapshots = new ArrayList<>();
        for (JsonNode node : list) {
            snapshots.add(new InternalSnapshot(
                    node.path("id").asText(""),
                    node.path("name").asText(""),
                    Instant.ofEpochSecond(Math.min(LATEST, count(node, "date-sec")), nanos(node, "date-nsec")),
                    Duration.ofSeconds(count(node, "vm-clock-sec"), nanos(node, "vm-clock-nsec")),
                    ByteSize.bytes(count(node, "vm-state-size"))));
        }
        return List.copyOf(snapshots);
    }

    private static Optional<Qcow2Info> qcow2(JsonNode specific) {
        if (!specific.path("type").asText("").equals("qcow2")) {
            return Optional.empty();
        }
        JsonNode data = specific.path("data");
        EnumSet<Qcow2Info.Trait> traits = EnumSet.noneOf(Qcow2Info.Trait.class);
        for (Map.Entry<String, Qcow2Info.Trait> trait : Map.of(
                        "corrupt", Qcow2Info.Trait.CORRUPT,
                        "lazy-refcounts", Qcow2Info.Trait.LAZY_REFCOUNTS,
                        "extended-l2", Qcow2Info.Trait.EXTENDED_L2,
                        "data-file-raw", Qcow2Info.Trait.RAW_DATA_FILE)
                .entrySet()) {
            if (data.path(trait.getKey()).asBoolean(false)) {
                traits.add(trait.getValue());
            }
        }
        return Optional.of(new Qcow2Info(
                data.path("compat").asText(""),
                traits,
                (int) Math.min(64, count(data, "refcount-bits")),
                text(data, "compression-type"),
                text(data, "data-file"),
                bitmaps(data.path("bitmaps"))));
    }

    private static List<DirtyBitmap> bitmaps(JsonNode list) {
        List<DirtyBitmap> bitmaps = new ArrayList<>();
        for (JsonNode node : list) {
            Set<DirtyBitmap.Flag> flags = EnumSet.noneOf(DirtyBitmap.Flag.class);
            for (JsonNode flag : node.path("flags")) {
                switch (flag.asText("")) {
                    case "auto" -> flags.add(DirtyBitmap.Flag.RECORDING);
                    case "in-use" -> flags.add(DirtyBitmap.Flag.IN_USE);
                    default -> {} // a later qemu's, which says nothing of the two
                }
            }
            bitmaps.add(
                    new DirtyBitmap(node.path("name").asText(""), ByteSize.bytes(count(node, "granularity")), flags));
        }
        return List.copyOf(bitmaps);
    }

    /** Returns the format that qemu calls so, if it is known here. */
    static Optional<ImageFormat> format(String name) {
        for (ImageFormat format : ImageFormat.values()) {
            if (format.qemuName().equals(name)) {
                return Optional.of(format);
            }
        }
        // What lies at the end of a chain may have no format of its own.
        return Set.of("file", "host_device").contains(name) ? Optional.of(ImageFormat.RAW) : Optional.empty();
    }

    private static Optional<String> text(JsonNode node, String name) {
        return Optional.of(node.path(name).asText("")).filter(t -> !t.isEmpty());
    }

    private static int nanos(JsonNode node, String name) {
        return (int) Math.min(999_999_999, count(node, name));
    }

    /** Returns a number that is not negative; zero if there is none. */
    private static long count(JsonNode node, String name) {
        JsonNode count = node.path(name);
        return count.isIntegralNumber() && count.canConvertToLong() ? Math.max(0, count.asLong()) : 0;
    }

    private static Optional<ByteSize> optionalSize(JsonNode node, String name) {
        JsonNode size = node.path(name);
        return size.isIntegralNumber() && size.canConvertToLong() && size.asLong() >= 0
                ? Optional.of(ByteSize.bytes(size.asLong()))
                : Optional.empty();
    }

    private static ByteSize size(Image image, JsonNode root, String name) {
        return optionalSize(root, name).orElseThrow(() -> defect("qemu-img gives no " + name + " for " + image));
    }

    private static JsonNode parse(Image image, String output) {
        try {
            return JSON.readTree(output);
        } catch (JsonProcessingException e) {
            throw DriverException.because(Failure.DEFECT)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message("qemu-img's report on %s is no JSON", image);
        }
    }

    private static DriverException unknown(Image image, String format) {
        return DriverException.because(Failure.UNSUPPORTED)
                .message(
                        "%s is built on an image whose format is '%s', which is not known here",
                        image, format.toLowerCase(Locale.ROOT));
    }

    private static DriverException defect(String message) {
        return DriverException.because(Failure.DEFECT)
                .effect(Effect.NOT_APPLIED)
                .message("%s", message);
    }
}
