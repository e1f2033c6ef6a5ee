package io.hvkit.vmware.internal.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.vmware.vim25.ws.Argument;
import com.vmware.vim25.ws.Client;
import com.vmware.vim25.ws.VimStub;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The order of what is sent, against the declarations of the vSphere API of 6.0 as yavijava's classes hold them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FieldOrderTest {

    @TestFactory
    Stream<DynamicTest> the_parts_of_an_object_go_as_its_type_declares_them() {
        return FieldOrder.objects().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(), () -> requireOrder(entry.getValue(), declared(entry.getKey()))));
    }

    @TestFactory
    Stream<DynamicTest> the_arguments_of_a_method_go_as_it_declares_them() {
        return FieldOrder.methods().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(), () -> requireOrder(entry.getValue(), arguments(entry.getKey()))));
    }

    @Test
    void the_check_would_notice_two_parts_in_the_other_order() throws ReflectiveOperationException {
        List<String> declared = declared("VirtualDisk");

        assertThat(declared).containsSubsequence("key", "deviceInfo", "backing", "controllerKey", "capacityInKB");
        assertThat(declared).doesNotContainSubsequence("capacityInKB", "key");
        assertThat(arguments("CreateVM_Task")).containsExactly("config", "pool", "host");
    }

    @Test
    void parts_are_written_in_order_however_they_were_named() {
        StringBuilder out = new StringBuilder();

        Data.of("OptionValue")
                .with("value", new Data.Text("a<b"))
                .with("key", "k\"")
                .writeTo(out);

        assertThat(out).hasToString("<key>k&quot;</key><value xsi:type=\"xsd:string\">a&lt;b</value>");
    }

    @Test
    void a_part_or_type_that_nobody_knows_is_refused_before_it_is_sent() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Data.of("OptionValue").with("keys", "k"))
                .withMessageContaining("keys")
                .withMessageContaining("[key, value]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Data.of("NoSuchType"))
                .withMessageContaining("NoSuchType");
    }

    private static void requireOrder(List<String> ours, List<String> declared) {
        assertThat(declared).containsAll(ours);
        assertThat(ours)
                .isEqualTo(declared.stream().filter(ours::contains).toList())
                .doesNotHaveDuplicates();
    }

    private static List<String> declared(String type) throws ReflectiveOperationException {
        List<String> names = new ArrayList<>();
        for (Class<?> one = Class.forName("com.vmware.vim25." + type); one != Object.class; one = one.getSuperclass()) {
            names.addAll(
                    0,
                    Arrays.stream(one.getDeclaredFields())
                            .filter(field -> !Modifier.isStatic(field.getModifiers()))
                            .map(Field::getName)
                            .toList());
        }
        return names;
    }

    /** Calls the method of a stub whose client notes what it is to send. */
    private static List<String> arguments(String method) throws ReflectiveOperationException {
        List<String> sent = new ArrayList<>();
        Client client = (Client) Proxy.newProxyInstance(
                Client.class.getClassLoader(), new Class<?>[] {Client.class}, (proxy, called, values) -> {
                    if (called.getName().equals("invoke")) {
                        Arrays.stream((Argument[]) values[1])
                                .map(Argument::getName)
                                .filter(name -> !name.equals("_this"))
                                .forEach(sent::add);
                    }
                    throw new UnsupportedOperationException("noted, and not sent");
                });
        String name = method.substring(0, 1).toLowerCase(Locale.ROOT) + method.substring(1);
        Method stub = Arrays.stream(VimStub.class.getMethods())
                .filter(each -> each.getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new NoSuchMethodException(name));
        try {
            stub.invoke(
                    new VimStub(client),
                    Arrays.stream(stub.getParameterTypes())
                            .map(FieldOrderTest::nothing)
                            .toArray());
        } catch (InvocationTargetException e) {
            assertThat(e).hasRootCauseInstanceOf(UnsupportedOperationException.class);
        }
        return sent;
    }

    private static @Nullable Object nothing(Class<?> type) {
        if (type == boolean.class) {
            return false;
        }
        if (type == int.class) {
            return 0;
        }
        return type == long.class ? 0L : null;
    }
}
