import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/**
 * Reads lines "Name version hex", decodes each message with Kafka's own classes and answers a line
 * "hex json": the bytes Kafka writes for what it has read, and the fields it has found.
 */
public class MessageEcho {
  public static void main(String[] arguments) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] parts = line.split(" ", -1);
      System.out.println(echo(parts[0], Short.parseShort(parts[1]), HexFormat.of().parseHex(parts[2])));
    }
  }

  private static String echo(String name, short version, byte[] bytes) throws Exception {
    String className = "org.apache.kafka.common.message." + name + (name.startsWith("ConsumerProtocol") ? "" : "Data");
    Class<?> type = Class.forName(className);
    ApiMessage message = (ApiMessage) type.getConstructor().newInstance();
    ByteBuffer input = ByteBuffer.wrap(bytes);
    message.read(new ByteBufferAccessor(input), version);
    if (input.hasRemaining()) return "trailing " + input.remaining();
    ObjectSerializationCache cache = new ObjectSerializationCache();
    ByteBuffer output = ByteBuffer.allocate(message.size(cache, version));
    message.write(new ByteBufferAccessor(output), cache, version);
    Class<?> converter = Class.forName(className + "JsonConverter");
    Method write = converter.getMethod("write", type, short.class);
    return HexFormat.of().formatHex(output.array()) + " " + write.invoke(null, message, version);
  }
}
