package io.hvkit.qemu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what qemu-img prints on success. */
final class QemuImgReport {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern MISMATCH = Pattern.compile("Content mismatch at offset (\\d{1,19})!");

    private QemuImgReport() {}

    static ImageInfo info(Image image, String output) {
        JsonNode root = parse(image, output);
        ImageInfo info = ImageInfo.plain(
                image.format(),
                size(image, root, "virtual-size"),
                ByteSize.bytes(Math.max(0, root.path("actual-size").asLong(0))));
        if (root.path("encrypted").asBoolean(false)) {
            info = info.encrypted();
        }
        String backing = root.path("backing-filename").asText("");
        return backing.isEmpty() ? info : info.over(backing);
    }

    static CheckResult check(Image image, CheckResult.Verdict verdict, String output) {
        JsonNode root = parse(image, output);
        return CheckResult.of(
                verdict, root.path("corruptions").asLong(0), root.path("leaks").asLong(0));
    }

    static Comparison mismatch(CommandResult result) {
        Matcher matcher = MISMATCH.matcher(result.output());
        if (matcher.find()) {
            return new Comparison.DifferentAt(Long.parseLong(matcher.group(1)));
        }
        throw defect("qemu-img compare found a difference but does not say where: "
                + result.output().strip());
    }

    private static ByteSize size(Image image, JsonNode root, String name) {
        JsonNode size = root.path(name);
        if (!size.canConvertToLong() || size.asLong() < 0) {
            throw defect("qemu-img gives no " + name + " for " + image);
        }
        return ByteSize.bytes(size.asLong());
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

    private static DriverException defect(String message) {
        return DriverException.because(Failure.DEFECT)
                .effect(Effect.NOT_APPLIED)
                .message("%s", message);
    }
}
