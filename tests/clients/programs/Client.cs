using System;
using System.IO;
using System.Net;

/// <summary>Asks by HttpWebRequest: METHOD URL TIMES [BODY_FILE CONTENT_TYPE].</summary>
static class Client
{
    static void Main(string[] arguments)
    {
        for (int i = 0; i < int.Parse(arguments[2]); i++)
            using (HttpWebResponse answer = Ask(arguments))
            using (StreamReader body = new StreamReader(answer.GetResponseStream()))
                Console.WriteLine("{0}\n{1} {2}", body.ReadToEnd(), (int)answer.StatusCode, answer.ContentType);
    }

    static HttpWebResponse Ask(string[] arguments)
    {
        HttpWebRequest request = WebRequest.CreateHttp(arguments[1]);
        request.Method = arguments[0];
        if (arguments.Length > 3)
            SendBody(request, File.ReadAllBytes(arguments[3]), arguments[4]);
        try
        {
            return (HttpWebResponse)request.GetResponse();
        }
        catch (WebException error) when (error.Response != null)
        {
            return (HttpWebResponse)error.Response;
        }
    }

    static void SendBody(HttpWebRequest request, byte[] body, string type)
    {
        request.ContentType = type;
        request.ContentLength = body.Length;
        using (Stream stream = request.GetRequestStream())
            stream.Write(body, 0, body.Length);
    }
}
