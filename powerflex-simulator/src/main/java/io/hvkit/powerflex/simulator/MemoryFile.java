package io.hvkit.powerflex.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hvkit.powerflex.simulator.internal.array.ArrayState;
import io.hvkit.powerflex.simulator.internal.array.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an array knows, in a file of JSON that is replaced as a whole whenever something changes. */
final class MemoryFile implements Memory {

    private static final ObjectMapper MAPPER = JsonMapper.builder().build();

    private final Path file;
    private @Nullable ArrayState last;

    private MemoryFile(Path file, @Nullable ArrayState last) {
        this.file = file;
        this.last = last;
    }

    /**
     * Reads a file that may not be there yet.
     *
     * @throws IllegalStateException if it is there and cannot be understood
     */
    static MemoryFile at(Path file) {
        try {
            Files.createDirectories(file.resolveSibling("."));
            return new MemoryFile(file, Files.exists(file) ? MAPPER.readValue(file.toFile(), ArrayState.class) : null);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(
                    file + " is not what a simulator keeps of an array: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("what is known of an array cannot be read: " + file, e);
        }
    }

    @Override
    public Optional<ArrayState> last() {
        return Optional.ofNullable(last);
    }

    @Override
    public void keep(ArrayState state) {
        if (last != null && state.isButForTheClock(last)) {
            return;
        }
        Path fresh = file.resolveSibling("." + file.getFileName());
        try {
            Files.write(fresh, MAPPER.writeValueAsBytes(state));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            last = state;
        } catch (IOException e) {
            throw new UncheckedIOException("what is known of an array cannot be kept: " + file, e);
        }
    }

    @Override
    public boolean isKept() {
        return true;
    }
}
